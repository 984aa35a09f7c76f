use std::fmt;
use std::fmt::Write as _;

/// An opaque color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    /// 0 to 255.
    pub red: u8,
    /// 0 to 255.
    pub green: u8,
    /// 0 to 255.
    pub blue: u8,
}

/// What the colors stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on light paper.
    Light,
    /// Light text on dark paper.
    Dark,
}

/// Color steps from zero to the largest magnitude. A level is −10 to 10: negative
/// is blue, positive red, zero the paper's own gray.
pub const LEVELS: i8 = 10;

/// Anchors at levels 0, 2.5, 5, 7.5 and 10, from ColorBrewer's red–blue scale,
/// which readers with any common color blindness can tell apart.
const LIGHT_POSITIVE: [Color; 5] = [
    rgb(0xF4F3F0),
    rgb(0xFDDBC7),
    rgb(0xF4A582),
    rgb(0xD6604D),
    rgb(0xB2182B),
];
const LIGHT_NEGATIVE: [Color; 5] = [
    rgb(0xF4F3F0),
    rgb(0xD1E5F0),
    rgb(0x92C5DE),
    rgb(0x4393C3),
    rgb(0x2166AC),
];
/// On dark paper the scale runs the other way: far from zero is bright.
const DARK_POSITIVE: [Color; 5] = [
    rgb(0x222427),
    rgb(0x4A2A28),
    rgb(0x7E3A32),
    rgb(0xC25A45),
    rgb(0xFFA07A),
];
const DARK_NEGATIVE: [Color; 5] = [
    rgb(0x222427),
    rgb(0x22364A),
    rgb(0x285580),
    rgb(0x3F87C0),
    rgb(0x8CC8F5),
];

const BLACK: Color = rgb(0x000000);
const WHITE: Color = rgb(0xFFFFFF);
const LIGHT_INK: Color = rgb(0x1D1C1A);
const DARK_INK: Color = rgb(0xECE9E4);

/// Contrast that small text needs (WCAG 2.2, level AA).
const READABLE: f64 = 4.5;

const fn rgb(code: u32) -> Color {
    let [_, red, green, blue] = code.to_be_bytes();
    Color { red, green, blue }
}

/// The color of a level; levels beyond the ends have the color of the end.
pub fn background(level: i8, theme: Theme) -> Color {
    let anchors = match (theme, level < 0) {
        (Theme::Light, false) => LIGHT_POSITIVE,
        (Theme::Light, true) => LIGHT_NEGATIVE,
        (Theme::Dark, false) => DARK_POSITIVE,
        (Theme::Dark, true) => DARK_NEGATIVE,
    };
    // Whole numbers, so that the same bytes come out on every machine.
    let position = u32::from(level.unsigned_abs().min(LEVELS.unsigned_abs())) * 4;
    let segment = (position / 10).min(3) as usize;
    let weight = position - 10 * segment as u32;
    let (start, end) = (anchors[segment], anchors[segment + 1]);
    let mix = |start: u8, end: u8| {
        let sum = u32::from(start) * (10 - weight) + u32::from(end) * weight;
        u8::try_from((sum + 5) / 10).expect("a mean of bytes is a byte")
    };
    Color {
        red: mix(start.red, end.red),
        green: mix(start.green, end.green),
        blue: mix(start.blue, end.blue),
    }
}

/// The color of text on a level: the theme's own if that is readable, otherwise
/// black or white.
pub fn ink(level: i8, theme: Theme) -> Color {
    let paper = background(level, theme);
    let own = match theme {
        Theme::Light => LIGHT_INK,
        Theme::Dark => DARK_INK,
    };
    if contrast(own, paper) >= READABLE {
        own
    } else if contrast(BLACK, paper) > contrast(WHITE, paper) {
        BLACK
    } else {
        WHITE
    }
}

/// CSS that colors whatever has a `data-level`, light and dark.
///
/// The colors are custom properties (`--heat-3`, `--heat-3-ink`, `--heat-n3` for
/// level −3), so that a page may replace them. `data-theme="light"` or `"dark"` on
/// the root overrides the reader's preference.
pub fn level_style() -> String {
    let light = properties(Theme::Light);
    let dark = properties(Theme::Dark);
    let mut css = format!(
        ":root{{{light}}}\n\
         @media (prefers-color-scheme:dark){{:root:not([data-theme=\"light\"]){{{dark}}}}}\n\
         :root[data-theme=\"dark\"]{{{dark}}}\n"
    );
    for level in -LEVELS..=LEVELS {
        let name = property(level);
        css.push_str(&format!(
            "[data-level=\"{level}\"]{{background:var({name});color:var({name}-ink)}}\n"
        ));
    }
    css
}

fn properties(theme: Theme) -> String {
    (-LEVELS..=LEVELS).fold(String::new(), |mut css, level| {
        let (name, paper, ink) = (property(level), background(level, theme), ink(level, theme));
        write!(css, "{name}:{paper};{name}-ink:{ink};").expect("strings take any text");
        css
    })
}

fn property(level: i8) -> String {
    let sign = if level < 0 { "n" } else { "" };
    format!("--heat-{sign}{}", level.unsigned_abs())
}

/// Ratio of luminances, 1 to 21, as WCAG defines it.
fn contrast(first: Color, second: Color) -> f64 {
    let (first, second) = (luminance(first) + 0.05, luminance(second) + 0.05);
    first.max(second) / first.min(second)
}

fn luminance(color: Color) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue)
}

/// As `#rrggbb`.
impl fmt::Display for Color {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "#{:02x}{:02x}{:02x}",
            self.red, self.green, self.blue
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEMES: [Theme; 2] = [Theme::Light, Theme::Dark];

    #[test]
    fn text_is_readable_on_every_level() {
        for theme in THEMES {
            for level in -LEVELS..=LEVELS {
                let ratio = contrast(ink(level, theme), background(level, theme));
                assert!(ratio >= READABLE, "{theme:?} {level}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn each_step_away_from_zero_is_farther_from_the_paper() {
        for theme in THEMES {
            for sign in [-1, 1] {
                let steps: Vec<f64> = (0..=LEVELS)
                    .map(|level| luminance(background(sign * level, theme)))
                    .collect();
                let is_monotonic = steps.windows(2).all(|pair| match theme {
                    Theme::Light => pair[1] < pair[0],
                    Theme::Dark => pair[1] > pair[0],
                });
                assert!(is_monotonic, "{theme:?} {sign}: {steps:?}");
            }
        }
    }

    #[test]
    fn the_ends_are_those_of_inseq() {
        assert_eq!(background(10, Theme::Light).to_string(), "#b2182b");
        assert_eq!(background(-10, Theme::Light).to_string(), "#2166ac");
        assert_eq!(
            background(i8::MAX, Theme::Light),
            background(10, Theme::Light)
        );
        assert_eq!(
            background(i8::MIN, Theme::Light),
            background(-10, Theme::Light)
        );
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((contrast(BLACK, WHITE) - 21.0).abs() < 1e-9);
        assert!((contrast(WHITE, rgb(0x767676)) - 4.54).abs() < 0.01);
    }
}
