//! Writes the showcases into the site.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::pages::{PAGES, Page, Pictures};
use super::runs::{Runs, arguments, command_line, folder, link, read_json, text};
use super::words::{Facts, LANGUAGES, Words, escape, fill};
use crate::process::project_root;

/// Where the page's own colors and measures end in its style sheet.
const END_OF_COLORS: &str = "/* Ground */";

/// Writes `showcases/` into the site.
pub(crate) fn write(dist: &Path) -> Result<()> {
    let to = dist.join("showcases");
    fs::create_dir_all(to.join("results"))?;
    let put = |name: &str, content: &str| {
        fs::write(to.join(name), content).with_context(|| format!("cannot write showcases/{name}"))
    };
    put("showcases.css", &style()?)?;
    let results = fs::read_dir(folder().join("results")).context("cannot read the results")?;
    for entry in results {
        let entry = entry?;
        fs::copy(entry.path(), to.join("results").join(entry.file_name()))?;
    }
    let runs = Runs::read()?;
    let languages = LANGUAGES.map(Words::read);
    let [first, second] = languages;
    let languages = [first?, second?];
    for (words, other) in [
        (&languages[0], &languages[1]),
        (&languages[1], &languages[0]),
    ] {
        fs::create_dir_all(to.join(words.code))?;
        let list = put_pages(words, other, &runs, &put)?;
        let index = Shell {
            words,
            other,
            file: "index.html",
            has_player: false,
        };
        let index = index.around(
            words.plain("site.title")?,
            words.plain("site.description")?,
            &index_of(words, &list)?,
        )?;
        put(&format!("{}/index.html", words.code), &index)?;
    }
    put("index.html", &choice_of_language(&languages)?)
}

/// Writes the pages of a language, and returns the list that leads to them.
fn put_pages(
    words: &Words,
    other: &Words,
    runs: &Runs,
    put: &dyn Fn(&str, &str) -> Result<()>,
) -> Result<String> {
    let mut list = String::new();
    for (index, id) in PAGES.into_iter().enumerate() {
        let page = Page { id, words, runs };
        let pictures = page.pictures()?;
        let file = format!("{id}.html");
        let shell = Shell {
            words,
            other,
            file: &file,
            has_player: pictures.closer.contains("<inseq-heatmap"),
        };
        let title = page.own("title")?;
        let content = content(&page, &pictures, index)
            .with_context(|| format!("the showcase {id} in {}", words.code))?;
        let html = shell.around(title, page.own("description")?, &content)?;
        put(&format!("{}/{file}", words.code), &html)?;
        list.push_str(&format!(
            "<li><h2><a href=\"{file}\">{}</a></h2>\n<p>{}</p></li>\n",
            escape(title),
            words.html(&format!("pages.{id}.question"), &pictures.facts)?,
        ));
    }
    Ok(list)
}

/// What is around the content of every page.
struct Shell<'a> {
    words: &'a Words,
    other: &'a Words,
    file: &'a str,
    has_player: bool,
}

impl Shell<'_> {
    fn around(&self, title: &str, description: &str, content: &str) -> Result<String> {
        let words = self.words;
        let script = match self.has_player {
            true => "<script type=\"module\" src=\"../../inseq-heatmap.js\"></script>\n",
            false => "",
        };
        let other = format!("../{}/{}", self.other.code, self.file);
        let home = match self.file {
            "index.html" => " aria-current=\"page\"",
            _ => "",
        };
        let text = |path: &str| words.plain(path).map(escape);
        fill(
            &template("shell.html")?,
            &[
                ("code", words.code),
                ("title", &escape(title)),
                ("description", &escape(description)),
                ("script", script),
                ("skip", &text("site.skip")?),
                ("navigation", &text("site.navigation")?),
                ("home", home),
                ("showcases", &text("site.title")?),
                ("other", &escape(&other)),
                ("other_code", self.other.code),
                ("other_name", &escape(self.other.plain("language")?)),
                ("content", content),
                ("tiny", &words.html("site.tiny", &Facts::new())?),
            ],
        )
    }
}

fn content(page: &Page<'_>, pictures: &Pictures, index: usize) -> Result<String> {
    let (words, facts) = (page.words, &pictures.facts);
    let own = |name: &str| format!("pages.{}.{name}", page.id);
    let html = |name: &str| words.html(&own(name), facts);
    let label = |name: &str| words.plain(&format!("labels.{name}")).map(escape);
    let closer = match pictures.closer.as_str() {
        "" => String::new(),
        closer => format!(
            "<section>\n<h2>{}</h2>\n<p>{}</p>\n{closer}</section>\n",
            label("closer")?,
            html("closer")?
        ),
    };
    let (live, real) = links(page, pictures)?;
    fill(
        &template("page.html")?,
        &[
            ("title", &escape(page.own("title")?)),
            ("question", &html("question")?),
            ("answer", &html("answer")?),
            ("first", &pictures.first),
            ("look_heading", &label("look")?),
            ("look", &words.items(&own("look"), facts)?),
            ("misreading_heading", &label("misreading")?),
            ("misreading", &html("misreading")?),
            ("right", &html("right")?),
            ("closer", &closer),
            ("live_heading", &label("live")?),
            ("live", &words.html("labels.live_text", facts)?),
            ("live_links", &live),
            ("real_heading", &label("real")?),
            ("real", &html("real")?),
            ("real_text", &label("real_text")?),
            ("real_links", &real),
            ("published", &pictures.published),
            ("teacher_heading", &label("teacher")?),
            ("teacher", &teacher(page, facts)?),
            ("sources_heading", &label("sources")?),
            ("sources", &sources(page)?),
            ("around_label", &label("around")?),
            ("around", &neighbors(page, index)?),
        ],
    )
}

/// Links into the page: those with stored results and their commands, and those that ask
/// for the same of real models.
fn links(page: &Page<'_>, pictures: &Pictures) -> Result<(String, String)> {
    let words = page.words;
    let (mut live, mut real) = (String::new(), String::new());
    for name in &pictures.runs {
        let run = page.runs.named(name)?;
        let title = escape(page.own(&format!("runs.{name}"))?);
        let stored = fs::read_to_string(folder().join(format!("results/{name}.json")))?;
        live.push_str(&format!(
            "<li><a class=\"button\" href=\"../../?lang={}#{}\">{title}</a>\n<pre class=\"code\" \
             lang=\"en\" tabindex=\"0\">{}</pre></li>\n",
            words.code,
            link(&run.work, run.view.as_deref(), Some(stored.trim()))?,
            escape(&command_line(&arguments(&run.work)?)),
        ));
        for work in &run.real {
            let asked = if work["settings"].is_object() {
                &work["settings"]
            } else {
                work
            };
            let model = text(&asked["model"])?;
            let method = text(&asked["method"])?;
            real.push_str(&format!(
                "<li><a class=\"button\" href=\"../../?lang={}#{}\">{}</a> {}</li>\n",
                words.code,
                link(work, run.view.as_deref(), None)?,
                escape(&model),
                escape(words.plain(&format!("labels.methods.{method}"))?),
            ));
        }
    }
    ensure!(!live.is_empty() && !real.is_empty(), "nothing to run");
    Ok((live, real))
}

fn teacher(page: &Page<'_>, facts: &Facts) -> Result<String> {
    let words = page.words;
    let path = format!("pages.{}.teacher", page.id);
    let n_notes = words.at(&path)?.as_array().context("no notes")?.len();
    let mut html = String::new();
    for index in 0..n_notes {
        let part = |part: &str| words.html(&format!("{path}.{index}.{part}"), facts);
        let [question, expected] = [part("question")?, part("expected")?];
        html.push_str(&format!("<dt>{question}</dt>\n<dd>{expected}</dd>\n"));
    }
    Ok(html)
}

/// The papers of a showcase.
fn sources(page: &Page<'_>) -> Result<String> {
    let papers = read_json("papers.json")?;
    let own = papers["pages"][page.id].as_array().context("no papers")?;
    let mut html = String::new();
    for id in own {
        let paper: &Value = &papers["papers"][text(id)?];
        let [by, title, url] = ["by", "title", "url"].map(|key| text(&paper[key]));
        html.push_str(&format!(
            "<li>{}: <a href=\"{}\" lang=\"en\">{}</a></li>\n",
            escape(&by.with_context(|| format!("no paper {id}"))?),
            escape(&url?),
            escape(&title?),
        ));
    }
    Ok(html)
}

/// Links to the showcases before and after.
fn neighbors(page: &Page<'_>, index: usize) -> Result<String> {
    let mut html = String::new();
    let before = index.checked_sub(1).map(|index| PAGES[index]);
    let places = [
        ("before", "prev", before),
        ("after", "next", PAGES.get(index + 1).copied()),
    ];
    for (label, relation, id) in places {
        let Some(id) = id else { continue };
        html.push_str(&format!(
            "<a rel=\"{relation}\" href=\"{id}.html\"><span>{}</span> {}</a>\n",
            escape(page.label(label)?),
            escape(page.words.plain(&format!("pages.{id}.title"))?),
        ));
    }
    Ok(html)
}

fn index_of(words: &Words, list: &str) -> Result<String> {
    Ok(format!(
        "<h1>{}</h1>\n<p class=\"question\">{}</p>\n<ol class=\"showcases\">\n{list}</ol>\n",
        escape(words.plain("site.title")?),
        words.html("site.lead", &Facts::new())?,
    ))
}

/// For who comes without a language: a list in each.
fn choice_of_language(languages: &[Words; 2]) -> Result<String> {
    let mut lists = String::new();
    for words in languages {
        let code = words.code;
        lists.push_str(&format!(
            "<section lang=\"{code}\">\n<h2><a href=\"{code}/index.html\">{}</a></h2>\n<ul>\n",
            escape(words.plain("language")?)
        ));
        for id in PAGES {
            let title = escape(words.plain(&format!("pages.{id}.title"))?);
            lists.push_str(&format!(
                "<li><a href=\"{code}/{id}.html\">{title}</a></li>\n"
            ));
        }
        lists.push_str("</ul>\n</section>\n");
    }
    fill(&template("choice.html")?, &[("lists", &lists)])
}

fn template(name: &str) -> Result<String> {
    fs::read_to_string(folder().join(name))
        .with_context(|| format!("cannot read web/showcases/{name}"))
}

/// The page's colors, those of heatmaps from the player, and the showcases' own rules.
fn style() -> Result<String> {
    let read = |name: &str| {
        fs::read_to_string(project_root().join(name)).with_context(|| format!("cannot read {name}"))
    };
    let page = read("web/styles/main.css")?;
    let (colors, _) = page
        .split_once(END_OF_COLORS)
        .with_context(|| format!("web/styles/main.css has no {END_OF_COLORS}"))?;
    let heat = read("web/embed/heatmap.css")?;
    let heat: String = heat.lines().filter_map(level_line).collect();
    ensure!(
        heat.contains("--heat-10:"),
        "web/embed/heatmap.css has no colors"
    );
    Ok(format!(
        "{colors}{heat}{}",
        read("web/showcases/showcases.css")?
    ))
}

/// A line of the player's style that is about colors of levels, for a whole page.
fn level_line(line: &str) -> Option<String> {
    let is_level = line.contains("--heat-") && !line.starts_with(".heatmap");
    let line = line
        .replace(
            ":host(:not([theme=\"light\"]))",
            ":root:not([data-theme=\"light\"])",
        )
        .replace(":host([theme=\"dark\"])", ":root[data-theme=\"dark\"]")
        .replace(":host{", ":root{");
    is_level.then(|| format!("{line}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_made_whole_and_without_what_a_policy_refuses() {
        let dist = tempfile::tempdir().unwrap();
        write(dist.path()).unwrap();
        let folder = dist.path().join("showcases");
        let style = fs::read_to_string(folder.join("showcases.css")).unwrap();
        for rule in [
            "--paper:",
            "--heat-10:",
            "[data-level=\"-10\"]",
            ":root[data-theme",
        ] {
            assert!(style.contains(rule), "{rule}");
        }
        assert!(!style.contains(":host"));
        for code in LANGUAGES {
            for name in PAGES.into_iter().chain(["index"]) {
                let path = folder.join(format!("{code}/{name}.html"));
                let page = without_links(&fs::read_to_string(&path).unwrap());
                assert!(page.contains(&format!("<html lang=\"{code}\">")), "{name}");
                assert_eq!(page.matches("<h1>").count(), 1, "{name}");
                for refused in ["style=", "<style", "<script>", " onclick", "NaN", "inf<"] {
                    assert!(!page.contains(refused), "{code} {name}: {refused}");
                }
            }
        }
    }

    /// Any letters may come in what a link holds.
    fn without_links(page: &str) -> String {
        let mut pieces = page.split("#inseq1=");
        let first = pieces.next().into_iter();
        let rest = pieces.map(|piece| piece.split_once('"').expect("a link ends").1);
        first.chain(rest).collect()
    }

    #[test]
    fn lines_about_colors_become_those_of_a_page() {
        let line = "@media (x){:host(:not([theme=\"light\"])){--heat-1:#fff}}";
        assert_eq!(
            level_line(line).unwrap(),
            "@media (x){:root:not([data-theme=\"light\"]){--heat-1:#fff}}\n"
        );
        assert_eq!(level_line(".heatmap td{color:red}"), None);
    }
}
