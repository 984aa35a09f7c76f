use std::ops::Range;

use crate::{Attribution, Error, Result, Scores, Spelling, Token};

/// Texts whose differing parts span a larger table are not aligned: it would hold up
/// whoever waits for it.
const MOST_CELLS: usize = 4_000_000;

/// Which tokens of two attributions stand for each other: those that are equal, by the
/// longest common subsequence, and a single token in place of a single other one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// Positions in both sources, in order.
    pub source: Vec<[usize; 2]>,
    /// Positions in both outputs, in order.
    pub target: Vec<[usize; 2]>,
    /// Which entries of `target` are explained by both.
    pub explained: Range<usize>,
    /// Whether nothing has to be left out: no token, no column, no side.
    pub is_whole: bool,
}

impl Alignment {
    /// That of two attributions. The error says why there is nothing to compare.
    pub fn new(first: &Attribution, second: &Attribution) -> Result<Self> {
        first.check()?;
        second.check()?;
        let both = [first, second];
        let [is_first_alone, is_second_alone] = both.map(Attribution::is_decoder_only);
        if is_first_alone != is_second_alone {
            return Err(apart(
                "one reads a source apart from its output, the other does not",
            ));
        }
        if shared_sides(first, second) == [false; 2] {
            return Err(apart(
                "no text is attributed to in both: neither a source nor an output",
            ));
        }
        let texts = |side: fn(&Attribution) -> &[Token]| {
            let is_spelled_alike = first.spelling == second.spelling;
            aligned(&both.map(|it| words(side(it), it.spelling, is_spelled_alike)))
        };
        let target = texts(|it| &it.target)?;
        let source = match is_first_alone {
            // The prompt is the beginning of the output.
            true => {
                let is_prompt = |&&[one, other]: &&[usize; 2]| {
                    one < first.source.len() && other < second.source.len()
                };
                target.iter().take_while(is_prompt).copied().collect()
            }
            false => texts(|it| &it.source)?,
        };
        let targets = both.map(|it| it.attr_pos_start..it.attr_pos_end);
        let is_explained =
            |pair: &&[usize; 2]| targets[0].contains(&pair[0]) && targets[1].contains(&pair[1]);
        let start = target.iter().take_while(|it| !is_explained(it)).count();
        let n_explained = target[start..].iter().take_while(is_explained).count();
        if n_explained == 0 {
            return Err(apart("they explain no token in common"));
        }
        let has_all = |n: usize, of: [usize; 2]| of == [n; 2];
        Ok(Self {
            is_whole: has_all(source.len(), both.map(|it| it.source.len()))
                && has_all(target.len(), both.map(|it| it.target.len()))
                && has_all(n_explained, targets.map(|it| it.len()))
                && sides(first) == sides(second),
            explained: start..start + n_explained,
            source,
            target,
        })
    }

    /// Both attributions with nothing but what they share, and the second with the
    /// spelling of the first. Scores of sequences are left out.
    pub fn restricted(
        &self,
        first: &Attribution,
        second: &Attribution,
    ) -> Result<[Attribution; 2]> {
        let sides = shared_sides(first, second);
        let mut one = self.restrict(first, 0, sides)?;
        let mut other = self.restrict(second, 1, sides)?;
        one.step_scores
            .retain(|name, _| other.step_scores.contains_key(name));
        other
            .step_scores
            .retain(|name, _| one.step_scores.contains_key(name));
        if first.spelling != second.spelling {
            spell_like(
                &mut other.source,
                second.spelling,
                &one.source,
                first.spelling,
            );
            spell_like(
                &mut other.target,
                second.spelling,
                &one.target,
                first.spelling,
            );
            other.spelling = first.spelling;
        }
        Ok([one, other])
    }

    /// What one of both has in common with the other.
    fn restrict(
        &self,
        attribution: &Attribution,
        which: usize,
        sides: [bool; 2],
    ) -> Result<Attribution> {
        let positions =
            |pairs: &[[usize; 2]]| -> Vec<usize> { pairs.iter().map(|pair| pair[which]).collect() };
        let chosen = |tokens: &[Token], positions: &[usize]| -> Vec<Token> {
            positions.iter().map(|&it| tokens[it].clone()).collect()
        };
        let (source, target) = (positions(&self.source), positions(&self.target));
        let start = attribution.attr_pos_start;
        let columns = target[self.explained.clone()].iter();
        let columns: Vec<usize> = columns.map(|position| position - start).collect();
        let scores = |scores: &Option<Scores>, rows: &[usize], is_shared: bool| {
            let scores = scores.as_ref().filter(|_| is_shared);
            let restrict = |scores: &Scores| {
                let rows = scores.select_indices_at(0, rows)?;
                rows.select_indices_at(1, &columns)
            };
            scores.map(restrict).transpose()
        };
        let step_scores = attribution.step_scores.iter();
        Ok(Attribution {
            source_attributions: scores(&attribution.source_attributions, &source, sides[0])?,
            target_attributions: scores(
                &attribution.target_attributions,
                &target[..self.explained.end],
                sides[1],
            )?,
            step_scores: step_scores
                .map(|(name, values)| {
                    let values = columns.iter().map(|&column| values[column]);
                    (name.clone(), values.collect())
                })
                .collect(),
            source: chosen(&attribution.source, &source),
            target: chosen(&attribution.target, &target),
            attr_pos_start: self.explained.start,
            attr_pos_end: self.explained.end,
            ..attribution.clone_without_scores()
        })
    }
}

fn apart(reason: &str) -> Error {
    Error::NotAligned {
        reason: reason.to_owned(),
    }
}

fn sides(attribution: &Attribution) -> [bool; 2] {
    [
        attribution.source_attributions.is_some(),
        attribution.target_attributions.is_some(),
    ]
}

fn shared_sides(first: &Attribution, second: &Attribution) -> [bool; 2] {
    let ([a, b], [c, d]) = (sides(first), sides(second));
    [a && c, b && d]
}

/// What tokens are compared by: their spelling if it is the same tokenizer's kind, else
/// what can be read.
fn words(tokens: &[Token], spelling: Spelling, is_spelled_alike: bool) -> Vec<String> {
    let word = |token: &Token| match is_spelled_alike {
        true => token.token.clone(),
        false => token.display(spelling).trim().to_owned(),
    };
    tokens.iter().map(word).collect()
}

fn spell_like(tokens: &mut [Token], own: Spelling, models: &[Token], spelling: Spelling) {
    for (token, model) in tokens.iter_mut().zip(models) {
        let read = token.display(own);
        *token = match read.trim() == model.display(spelling).trim() {
            true => model.clone(),
            false => Token::new(token.id, read),
        };
    }
}

/// Positions of words that stand for each other.
fn aligned(texts: &[Vec<String>; 2]) -> Result<Vec<[usize; 2]>> {
    let [first, second] = texts;
    let common = |pairs: &mut dyn Iterator<Item = (&String, &String)>| {
        pairs.take_while(|(one, other)| one == other).count()
    };
    let n_before = common(&mut first.iter().zip(second));
    let rest = [&first[n_before..], &second[n_before..]];
    let n_after = common(&mut rest[0].iter().rev().zip(rest[1].iter().rev()));
    let middles = rest.map(|rest| &rest[..rest.len() - n_after]);
    let n_cells = (middles[0].len() + 1).saturating_mul(middles[1].len() + 1);
    if n_cells > MOST_CELLS {
        return Err(apart("the texts are too long and too different"));
    }
    let mut pairs: Vec<[usize; 2]> = (0..n_before).map(|place| [place; 2]).collect();
    let in_middle = longest_common(middles[0], middles[1]).into_iter();
    pairs.extend(in_middle.map(|pair| pair.map(|place| n_before + place)));
    let ends = [first.len() - n_after, second.len() - n_after];
    pairs.extend((0..n_after).map(|place| ends.map(|end| end + place)));
    Ok(with_replaced(&pairs, [first.len(), second.len()]))
}

/// Positions of the longest common subsequence; of several the one that takes the
/// earliest of the first list.
fn longest_common(first: &[String], second: &[String]) -> Vec<[usize; 2]> {
    let width = second.len() + 1;
    // How much is common from a position in both to the ends.
    let mut lengths = vec![0_u32; (first.len() + 1) * width];
    for one in (0..first.len()).rev() {
        for other in (0..second.len()).rev() {
            lengths[one * width + other] = match first[one] == second[other] {
                true => lengths[(one + 1) * width + other + 1] + 1,
                false => lengths[(one + 1) * width + other].max(lengths[one * width + other + 1]),
            };
        }
    }
    let (mut one, mut other, mut pairs) = (0, 0, Vec::new());
    while one < first.len() && other < second.len() {
        if first[one] == second[other] {
            pairs.push([one, other]);
            one += 1;
            other += 1;
        } else if lengths[(one + 1) * width + other] > lengths[one * width + other + 1] {
            one += 1;
        } else {
            other += 1;
        }
    }
    pairs
}

/// Adds what stands between two pairs, or before the first or behind the last, if that
/// is one word of each.
fn with_replaced(pairs: &[[usize; 2]], ends: [usize; 2]) -> Vec<[usize; 2]> {
    let mut all = Vec::with_capacity(pairs.len());
    let mut next = [0; 2];
    for pair in pairs.iter().chain([&ends]) {
        let is_one_each = next.map(|it| it + 1) == *pair;
        // Without anything in common, one word for another is a guess.
        if is_one_each && !pairs.is_empty() {
            all.push(next);
        }
        if *pair != ends {
            all.push(*pair);
        }
        next = pair.map(|place| place + 1);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::tests::small_attribution;
    use crate::pair;

    fn places(first: &str, second: &str) -> Vec<[usize; 2]> {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        aligned(&[words(first), words(second)]).unwrap()
    }

    #[test]
    fn equal_words_stand_for_each_other() {
        assert_eq!(places("a b c", "a b c"), [[0, 0], [1, 1], [2, 2]]);
        assert_eq!(places("a b c d", "a d"), [[0, 0], [3, 1]]);
        assert_eq!(places("b c d", "x y b d z"), [[0, 2], [2, 3]]);
        assert_eq!(places("a b", "x y z"), [[0; 2]; 0]);
        assert_eq!(places("", "x"), [[0; 2]; 0]);
        assert_eq!(places("", ""), [[0; 2]; 0]);
        assert_eq!(places("a", "x"), [[0; 2]; 0]);
    }

    #[test]
    fn one_word_in_place_of_another_is_the_same_place() {
        assert_eq!(places("a he c", "a she c"), [[0, 0], [1, 1], [2, 2]]);
        assert_eq!(places("he c", "she c"), [[0, 0], [1, 1]]);
        assert_eq!(places("a he", "a she"), [[0, 0], [1, 1]]);
        // Two for one: nobody knows which.
        assert_eq!(places("a le b", "a l' eau b"), [[0, 0], [2, 3]]);
        assert_eq!(places("a x y b", "a v w b"), [[0, 0], [3, 3]]);
    }

    #[test]
    fn texts_that_would_take_too_long_are_refused() {
        let text = |start: usize| (start..start + 3000).map(|it| it.to_string()).collect();
        let error = aligned(&[text(0), text(5000)]).unwrap_err();
        assert!(error.to_string().contains("too long and too different"));
        // What is common costs nothing.
        assert_eq!(aligned(&[text(0), text(0)]).unwrap().len(), 3000);
    }

    #[test]
    fn the_same_tokens_need_nothing_left_out() {
        let first = small_attribution(&[0.25, 0.5], &[0.25, f32::NAN]);
        let alignment = Alignment::new(&first, &first).unwrap();
        assert!(alignment.is_whole);
        assert_eq!(alignment.explained, 1..2);
        let [one, other] = alignment.restricted(&first, &first).unwrap();
        assert!(one.is_close(&first) && other.is_close(&first));
    }

    #[test]
    fn what_one_of_both_lacks_is_left_out_and_the_rest_is_a_pair() {
        let first = small_attribution(&[0.25, 0.5], &[0.25, f32::NAN]);
        let mut second = first.clone();
        second.source.insert(0, Token::new(9, "▁A"));
        second.source_attributions = Scores::matrix(3, 1, vec![0.5, 0.125, 0.75]).ok();
        second.step_scores.insert("entropy".to_owned(), vec![2.0]);
        second
            .step_scores
            .insert("probability".to_owned(), vec![0.75]);
        let alignment = Alignment::new(&first, &second).unwrap();
        assert!(!alignment.is_whole);
        assert_eq!(alignment.source, [[0, 1], [1, 2]]);
        let [one, other] = alignment.restricted(&first, &second).unwrap();
        let difference = pair(&one, &other).unwrap();
        assert_eq!(
            difference.source_attributions.unwrap().values,
            [-0.125, 0.25]
        );
        assert_eq!(difference.step_scores["probability"], [0.25]);
        assert_eq!(difference.step_scores.len(), 1);
    }

    #[test]
    fn a_side_of_one_alone_is_left_out() {
        let first = small_attribution(&[0.25, 0.5], &[0.25, f32::NAN]);
        let mut second = first.clone();
        second.target_attributions = None;
        let alignment = Alignment::new(&first, &second).unwrap();
        assert!(!alignment.is_whole);
        let [one, other] = alignment.restricted(&first, &second).unwrap();
        assert!(one.target_attributions.is_none() && pair(&one, &other).is_ok());
        second.source_attributions = None;
        second.target_attributions = first.target_attributions.clone();
        second.source.clear();
        let error = Alignment::new(&first, &second).unwrap_err().to_string();
        assert!(error.contains("a source apart"), "{error}");
    }

    #[test]
    fn only_columns_of_both_stay() {
        let mut first = small_attribution(&[0.0; 2], &[0.0; 2]);
        first.target = ["<pad>", "▁a", "▁b"].map(|it| Token::new(1, it)).to_vec();
        first.step_scores.clear();
        let mut second = first.clone();
        first.attr_pos_end = 3;
        first.source_attributions = Scores::matrix(2, 2, vec![1.0, 2.0, 3.0, 4.0]).ok();
        first.target_attributions = Scores::matrix(3, 2, vec![5.0, 6.0, 7.0, 8.0, 9.0, 10.0]).ok();
        second.attr_pos_start = 2;
        second.attr_pos_end = 3;
        second.target_attributions = Scores::matrix(3, 1, vec![0.5; 3]).ok();
        let alignment = Alignment::new(&first, &second).unwrap();
        assert_eq!(alignment.explained, 2..3);
        let [one, other] = alignment.restricted(&first, &second).unwrap();
        one.check().unwrap();
        other.check().unwrap();
        assert_eq!(one.source_attributions.unwrap().values, [2.0, 4.0]);
        assert_eq!(one.target_attributions.unwrap().values, [6.0, 8.0, 10.0]);
        second.attr_pos_end = 2;
        second.source_attributions = Scores::matrix(2, 0, Vec::new()).ok();
        second.target_attributions = Scores::matrix(2, 0, Vec::new()).ok();
        let error = Alignment::new(&first, &second).unwrap_err().to_string();
        assert!(error.contains("no token in common"), "{error}");
    }

    #[test]
    fn other_spellings_are_read() {
        let first = small_attribution(&[0.25, 0.5], &[0.25, f32::NAN]);
        let mut second = first.clone();
        second.spelling = Spelling::ByteLevel;
        second.source[0] = Token::new(44, "Good");
        second.target[1] = Token::new(45, "ĠMal");
        let alignment = Alignment::new(&first, &second).unwrap();
        let [_, other] = alignment.restricted(&first, &second).unwrap();
        assert_eq!(other.source[0].token, "▁Good");
        assert_eq!(other.target[1].display(other.spelling), " Mal");
    }
}
