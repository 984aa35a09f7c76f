use clap::builder::styling::Style;
use protocol::{Description, OptionDescription, OptionDomain};

use crate::arguments::MethodsArguments;
use crate::{Complaint, Terminal};

/// Widest text.
const MAX_WIDTH: usize = 100;
const INDENT: &str = "    ";

/// `inseq methods`: lists methods and step functions as the engine describes them.
pub(crate) fn methods(arguments: &MethodsArguments, terminal: &mut Terminal<'_>) -> Vec<Complaint> {
    let description = engine::description();
    if let Some(complaint) = unknown(&arguments.ids, &description) {
        return vec![complaint];
    }
    let is_wanted = |id: &String| arguments.ids.is_empty() || arguments.ids.contains(id);
    let mut page = Page::new(terminal);
    let methods = description.methods.iter();
    let methods: Vec<_> = methods.filter(|method| is_wanted(&method.id)).collect();
    if !methods.is_empty() {
        page.heading("Attribution methods", "--attribution_method");
    }
    for method in methods {
        page.entry(&method.id, &method.title, &method.sentence);
        page.line(&format!("{}, {}", method.paper, method.paper_url));
        page.options(&method.options);
    }
    let functions = description.step_functions.iter();
    let functions: Vec<_> = functions
        .filter(|function| is_wanted(&function.id))
        .collect();
    if !functions.is_empty() {
        page.heading("Step functions", "--attributed_fn, --step_scores");
    }
    for function in functions {
        page.entry(&function.id, &function.title, &function.sentence);
        page.options(&function.options);
    }
    let text = page.text;
    terminal.print(&text);
    Vec::new()
}

fn unknown(asked: &[String], description: &Description) -> Option<Complaint> {
    let methods = description.methods.iter().map(|method| &method.id);
    let functions = description
        .step_functions
        .iter()
        .map(|function| &function.id);
    let known: Vec<&str> = methods.chain(functions).map(String::as_str).collect();
    let id = asked.iter().find(|id| !known.contains(&id.as_str()))?;
    let message = format!("there is no method or step function {id:?}");
    let hint = format!("known are {}", known.join(", "));
    Some(Complaint::usage(message, Some(hint)))
}

/// Text that grows downwards.
struct Page<'a, 'b> {
    terminal: &'a Terminal<'b>,
    text: String,
}

impl<'a, 'b> Page<'a, 'b> {
    fn new(terminal: &'a Terminal<'b>) -> Self {
        Self {
            terminal,
            text: String::new(),
        }
    }

    fn heading(&mut self, words: &str, option: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let words = self.terminal.styled(words, Style::new().bold().underline());
        self.text.push_str(&format!("{words} ({option})\n"));
    }

    fn entry(&mut self, id: &str, title: &str, sentence: &str) {
        let id = self.terminal.styled(id, Style::new().bold());
        self.text.push_str(&format!("\n  {id}  {title}\n"));
        self.line(sentence);
    }

    fn line(&mut self, words: &str) {
        self.wrapped(words, INDENT, INDENT);
    }

    /// One line for each option: its name, what it may be, what it does.
    fn options(&mut self, options: &[OptionDescription]) {
        let longest = options.iter().map(|option| option.id.len()).max();
        let width = longest.unwrap_or(0);
        let later = format!("{INDENT}  {}  ", " ".repeat(width));
        for option in options {
            let words = format!("{} {}.", option.sentence, domain(&option.domain));
            let first = format!("{INDENT}  {:width$}  ", option.id);
            self.wrapped(&words, &first, &later);
        }
    }

    fn wrapped(&mut self, words: &str, first: &str, later: &str) {
        let width = self.terminal.width.min(MAX_WIDTH);
        let options = textwrap::Options::new(width)
            .initial_indent(first)
            .subsequent_indent(later)
            .break_words(false);
        self.text.push_str(&textwrap::fill(words, options));
        self.text.push('\n');
    }
}

const UNUSED: &str = "not used if not given";

/// As `A whole number from 1 to 1000, 50 if not given`.
fn domain(domain: &OptionDomain) -> String {
    match domain {
        OptionDomain::Flag { default } => format!("True or false, {default} if not given"),
        OptionDomain::Integer {
            default,
            minimum,
            maximum,
        } => {
            let default = match default {
                Some(default) => default.to_string(),
                None => "chosen for the machine".to_owned(),
            };
            format!("A whole number from {minimum} to {maximum}, {default} if not given")
        }
        OptionDomain::Number {
            default,
            minimum,
            maximum,
        } => {
            let default = match default {
                Some(default) => format!("{default} if not given"),
                None => UNUSED.to_owned(),
            };
            format!("A number from {minimum} to {maximum}, {default}")
        }
        OptionDomain::Choice { default, choices } => {
            format!("One of {}; {default} if not given", choices.join(", "))
        }
        OptionDomain::Text { default, example } => match default {
            Some(default) => format!("A text such as {example:?}; {default:?} if not given"),
            None => format!("A text such as {example:?}; {UNUSED}"),
        },
        OptionDomain::Structure { form, example }
        | OptionDomain::Alignment { form, example, .. } => {
            format!("Must be {form}, such as {example}; {UNUSED}")
        }
    }
}
