//! Markdown to HTML that can be put in a page as it is: raw HTML is shown as text, links lead to known places, and nothing can become a script.
//!
//! What a lesson adds to Markdown:
//! - callouts: `> [!remarque]`, `> [!attention]`, `> [!astuce]`, `> [!retenir]`, `> [!changement]`;
//! - code with a use: ```` ```sh run ```` can be run in the terminal, ```` ```yaml file=web.yaml ```` opened in the editor, ```` ```output ```` is what the
//!   terminal printed. Buttons carry `data-action` (`copy`, `run`, `open`); the page binds them to the text of the block's `<code>`.
//!
//! Prose is set as French typography wants ([`crate::typography`]); code never is.
use crate::typography;
use pulldown_cmark::{
    BlockQuoteKind, CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html,
};

/// A rendered text, and what its author should know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// HTML.
    pub html: String,
    /// The first heading of level 1, set; it is not in the HTML.
    pub title: Option<String>,
    /// Where it links to, with the line.
    pub links: Vec<(usize, String)>,
    /// Its code blocks.
    pub blocks: Vec<Block>,
    /// What its author must mend: line and French sentence.
    pub faults: Vec<(usize, String)>,
}

/// A fenced block of code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Line of its fence, from 1.
    pub line: usize,
    /// Language: the first word of the fence (`sh`, `yaml`, `output`).
    pub lang: String,
    /// Whether it may be run in the terminal.
    pub run: bool,
    /// The work file that it is.
    pub file: Option<String>,
    /// Its text.
    pub text: String,
}

/// Callouts: as written, as pulldown-cmark knows them, as read, and their class.
const CALLOUTS: [(&str, &str, BlockQuoteKind, &str); 5] = [
    ("remarque", "NOTE", BlockQuoteKind::Note, "Remarque"),
    ("astuce", "TIP", BlockQuoteKind::Tip, "Astuce"),
    ("retenir", "IMPORTANT", BlockQuoteKind::Important, "À retenir"),
    ("attention", "WARNING", BlockQuoteKind::Warning, "Attention"),
    (
        "changement",
        "CAUTION",
        BlockQuoteKind::Caution,
        "Ce qui a changé",
    ),
];

/// Renders a text.
pub fn render(markdown: &str) -> Rendered {
    let text = name_callouts(markdown);
    let options = Options::ENABLE_TABLES | Options::ENABLE_GFM;
    let mut renderer = Renderer {
        out: Rendered::default(),
        code: None,
        heading: None,
        last: None,
        depth: 0,
    };
    let mut events = Vec::new();
    for (event, range) in Parser::new_ext(&text, options).into_offset_iter() {
        let line = line_of(&text, range.start);
        renderer.event(event, line, &mut events);
    }
    html::push_html(&mut renderer.out.html, events.into_iter());
    renderer.out
}

/// A text of one line (a title, a choice): prose and `code`, no block around it.
pub fn inline(markdown: &str) -> String {
    let html = render(markdown).html;
    let trimmed = html.trim();
    trimmed
        .strip_prefix("<p>")
        .and_then(|h| h.strip_suffix("</p>"))
        .filter(|h| !h.contains("<p>"))
        .unwrap_or(trimmed)
        .to_owned()
}

struct Renderer {
    out: Rendered,
    code: Option<Block>,
    /// The heading that is being read: its level and text so far.
    heading: Option<(HeadingLevel, String)>,
    /// The last character of prose or code on this line of thought.
    last: Option<char>,
    /// Links that were refused and whose end must be dropped too.
    depth: usize,
}

impl Renderer {
    fn event<'a>(&mut self, event: Event<'a>, line: usize, events: &mut Vec<Event<'a>>) {
        match event {
            Event::Start(tag) => self.start(tag, line, events),
            Event::End(end) => self.end(end, events),
            Event::Text(text) => self.prose(text, line, events),
            Event::Code(code) => {
                self.last = Some('`');
                if let Some((_, heading)) = &mut self.heading {
                    heading.push_str(&code);
                }
                events.push(Event::Code(code));
            }
            Event::Html(raw) | Event::InlineHtml(raw) => {
                self.out.faults.push((
                    line,
                    "Le HTML n’est pas permis dans une leçon : il sera montré comme du texte.".to_owned(),
                ));
                events.push(Event::Text(raw));
            }
            Event::SoftBreak => {
                self.last = Some(' ');
                if let Some((_, heading)) = &mut self.heading {
                    heading.push(' ');
                }
                events.push(Event::SoftBreak);
            }
            Event::HardBreak => {
                self.last = None;
                events.push(Event::HardBreak);
            }
            other => events.push(other),
        }
    }

    fn prose<'a>(&mut self, text: CowStr<'a>, line: usize, events: &mut Vec<Event<'a>>) {
        if let Some(block) = &mut self.code {
            block.text.push_str(&text);
            return;
        }
        self.out.faults.extend(
            typography::faults(&text, self.last)
                .into_iter()
                .map(|f| (line, f)),
        );
        self.last = text.chars().next_back().or(self.last);
        let set = typography::set(&text);
        if let Some((_, heading)) = &mut self.heading {
            heading.push_str(&set);
        }
        events.push(Event::Text(set.into()));
    }

    fn start<'a>(&mut self, tag: Tag<'a>, line: usize, events: &mut Vec<Event<'a>>) {
        match tag {
            Tag::CodeBlock(kind) => self.code = Some(block(&kind, line)),
            Tag::BlockQuote(Some(kind)) => {
                let (name, title) = callout(kind);
                self.last = None;
                let open = format!(
                    "<aside class=\"callout {name}\" role=\"note\"><p class=\"callout-title\">{title}</p>\n"
                );
                events.push(Event::Html(open.into()));
            }
            Tag::Heading { level, .. } => {
                self.last = None;
                self.heading = Some((level, String::new()));
                events.push(Event::Start(Tag::Heading {
                    level,
                    id: None,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                }));
            }
            Tag::Link {
                link_type, dest_url, ..
            } => self.link(link_type, &dest_url, line, events),
            Tag::Image { dest_url, .. } => {
                self.out.faults.push((
                    line,
                    format!("Les images ne sont pas encore permises ({dest_url})."),
                ));
            }
            Tag::HtmlBlock => {}
            tag => {
                if matches!(
                    tag,
                    Tag::Paragraph | Tag::Item | Tag::TableCell | Tag::BlockQuote(None)
                ) {
                    self.last = None;
                }
                events.push(Event::Start(tag));
            }
        }
    }

    fn end<'a>(&mut self, end: TagEnd, events: &mut Vec<Event<'a>>) {
        match end {
            TagEnd::CodeBlock => {
                if let Some(block) = self.code.take() {
                    events.push(Event::Html(figure(&block).into()));
                    self.out.blocks.push(block);
                }
            }
            TagEnd::BlockQuote(Some(_)) => events.push(Event::Html("</aside>\n".into())),
            TagEnd::Heading(level) => self.end_heading(level, events),
            TagEnd::Link if self.depth > 0 => self.depth -= 1,
            TagEnd::Link => events.push(Event::Html("</a>".into())),
            TagEnd::Image | TagEnd::HtmlBlock => {}
            end => events.push(Event::End(end)),
        }
    }

    /// The first `#` is the page's title and leaves the text; other headings get an address.
    fn end_heading(&mut self, level: HeadingLevel, events: &mut Vec<Event<'_>>) {
        let text = self.heading.take().map(|(_, text)| text).unwrap_or_default();
        let opened = events
            .iter()
            .rposition(|e| matches!(e, Event::Start(Tag::Heading { .. })));
        if level == HeadingLevel::H1 && self.out.title.is_none() {
            events.truncate(opened.unwrap_or(events.len()));
            self.out.title = Some(text);
            return;
        }
        if let Some(Event::Start(Tag::Heading { id, .. })) = opened.and_then(|at| events.get_mut(at)) {
            *id = Some(slug(&text).into());
        }
        events.push(Event::End(TagEnd::Heading(level)));
    }

    fn link(&mut self, kind: LinkType, url: &str, line: usize, events: &mut Vec<Event<'_>>) {
        self.out.links.push((line, url.to_owned()));
        let attributes = if url.starts_with("https://") {
            " rel=\"noopener noreferrer\" target=\"_blank\""
        } else if url.starts_with("#/") && kind != LinkType::Email {
            ""
        } else {
            self.out.faults.push((
                line,
                format!("Lien refusé : « {url} » (permis : https://… et #/…)."),
            ));
            self.depth += 1;
            return;
        };
        events.push(Event::Html(
            format!("<a href=\"{}\"{attributes}>", escape(url)).into(),
        ));
    }
}

fn callout(kind: BlockQuoteKind) -> (&'static str, &'static str) {
    CALLOUTS
        .iter()
        .find(|c| c.2 == kind)
        .map_or(("remarque", "Remarque"), |c| (c.0, c.3))
}

/// `> [!remarque]` as pulldown-cmark knows it: `> [!NOTE]`. Keeps the number of lines.
fn name_callouts(markdown: &str) -> String {
    let rename = |line: &str| {
        let name = line
            .trim_end()
            .strip_prefix("> [!")
            .and_then(|l| l.strip_suffix(']'))?;
        let (_, known, ..) = CALLOUTS.iter().find(|c| c.0.eq_ignore_ascii_case(name))?;
        Some(format!("> [!{known}]"))
    };
    markdown
        .lines()
        .map(|line| rename(line).unwrap_or_else(|| line.to_owned()))
        .collect::<Vec<_>>()
        .join("\n")
}

fn block(kind: &CodeBlockKind<'_>, line: usize) -> Block {
    let CodeBlockKind::Fenced(info) = kind else {
        return Block {
            line,
            ..Block::default()
        };
    };
    let mut words = info.split_whitespace();
    let lang = words.next().unwrap_or_default().to_owned();
    let mut block = Block {
        line,
        lang,
        ..Block::default()
    };
    for word in words {
        match word.strip_prefix("file=") {
            Some(file) => block.file = Some(file.to_owned()),
            None => block.run |= word == "run",
        }
    }
    block
}

fn figure(block: &Block) -> String {
    let lang = escape(&block.lang);
    let button = |action: &str, label: &str| {
        format!("<button type=\"button\" data-action=\"{action}\">{label}</button>")
    };
    let mut buttons = String::new();
    let mut data = String::new();
    if block.lang != "output" {
        buttons.push_str(&button("copy", "Copier"));
    }
    if block.run {
        buttons.push_str(&button("run", "Exécuter dans le terminal"));
    }
    if let Some(file) = &block.file {
        data = format!(" data-file=\"{}\"", escape(file));
        buttons.push_str(&button("open", "Ouvrir dans l’éditeur"));
    }
    let caption = match (&block.file, block.lang.as_str()) {
        (Some(file), _) => format!("<figcaption>{}</figcaption>", escape(file)),
        (None, "output") => "<figcaption>Ce que le terminal affiche</figcaption>".to_owned(),
        _ => String::new(),
    };
    let actions = if buttons.is_empty() {
        String::new()
    } else {
        format!("<div class=\"code-actions\">{buttons}</div>")
    };
    format!(
        "<figure class=\"code\" data-lang=\"{lang}\"{data}>{caption}<pre tabindex=\"0\"><code class=\"language-{lang}\">{}</code></pre>{actions}</figure>\n",
        escape(&block.text)
    )
}

/// Text as HTML text or attribute value.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A heading's address: letters without accents, digits, hyphens.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            'à' | 'â' | 'ä' => out.push('a'),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'î' | 'ï' => out.push('i'),
            'ô' | 'ö' => out.push('o'),
            'ù' | 'û' | 'ü' => out.push('u'),
            'ç' => out.push('c'),
            'œ' => out.push_str("oe"),
            c if c.is_ascii_alphanumeric() => out.push(c),
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    out.trim_end_matches('-').to_owned()
}

fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset)
        .map_or(0, |before| before.matches('\n').count())
        + 1
}

#[cfg(test)]
mod tests {
    use super::{inline, render};

    #[test]
    fn html() {
        let check =
            |markdown: &str, expected: &str| assert_eq!(render(markdown).html.trim(), expected, "{markdown}");
        check(
            "Un *mot* : `a : b`",
            "<p>Un <em>mot</em>\u{a0}: <code>a : b</code></p>",
        );
        check(
            "# Titre\n\n## L'état d'un Pod\n",
            "<h2 id=\"l-etat-d-un-pod\">L’état d’un Pod</h2>",
        );
        check(
            "<script>alert(1)</script>",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
        );
        check("a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>");
        check("[x](javascript:alert(1))", "<p>x</p>");
        check("[x](#/cours/pod)", "<p><a href=\"#/cours/pod\">x</a></p>");
        check(
            "[x](https://kubernetes.io/fr/)",
            "<p><a href=\"https://kubernetes.io/fr/\" rel=\"noopener noreferrer\" target=\"_blank\">x</a></p>",
        );
        check(
            "> [!astuce]\n> Un mot.",
            "<aside class=\"callout astuce\" role=\"note\"><p class=\"callout-title\">Astuce</p>\n<p>Un mot.</p>\n</aside>",
        );
        check(
            "```sh run\nkubectl get pods\n```",
            "<figure class=\"code\" data-lang=\"sh\"><pre tabindex=\"0\"><code class=\"language-sh\">kubectl get pods\n</code></pre>\
             <div class=\"code-actions\"><button type=\"button\" data-action=\"copy\">Copier</button>\
             <button type=\"button\" data-action=\"run\">Exécuter dans le terminal</button></div></figure>",
        );
        check(
            "```yaml file=\"><x\n<a>\n```",
            "<figure class=\"code\" data-lang=\"yaml\" data-file=\"&quot;&gt;&lt;x\"><figcaption>&quot;&gt;&lt;x</figcaption><pre tabindex=\"0\">\
             <code class=\"language-yaml\">&lt;a&gt;\n</code></pre><div class=\"code-actions\">\
             <button type=\"button\" data-action=\"copy\">Copier</button>\
             <button type=\"button\" data-action=\"open\">Ouvrir dans l’éditeur</button></div></figure>",
        );
    }

    #[test]
    fn titles_links_blocks_and_faults() {
        let rendered =
            render("# Votre `Pod`\n\nVoir [ici](#/cours/a): oui\n\n```yaml file=a.yaml\na: 1\n```\n");
        assert_eq!(rendered.title.as_deref(), Some("Votre Pod"));
        assert_eq!(rendered.links, [(3, "#/cours/a".to_owned())]);
        let block = rendered.blocks.first().expect("a block");
        assert_eq!(
            (block.line, block.lang.as_str(), block.file.as_deref()),
            (5, "yaml", Some("a.yaml"))
        );
        assert_eq!(rendered.faults.len(), 1, "{:?}", rendered.faults);
        assert_eq!(rendered.faults.first().map(|f| f.0), Some(3));
    }

    #[test]
    fn one_line() {
        assert_eq!(inline("Le Pod `web` ?"), "Le Pod <code>web</code>\u{202f}?");
    }
}
