//! Markdown to a [`Doc`]: CommonMark and GitHub's tables, read by our own small reader, a tenth of the code of a complete one (which a
//! test holds it against, over the whole course). What a lesson adds to Markdown:
//! - callouts: `> [!remarque]`, `> [!attention]`, `> [!astuce]`, `> [!retenir]`, `> [!changement]`;
//! - code with a use: ```` ```sh run ```` can be run in the terminal, ```` ```yaml file=web.yaml ```` opened in the editor, ```` ```output ```` is what the
//!   terminal printed.
//!
//! Prose is set as French typography wants ([`crate::typography`]); code never is. Raw HTML is shown as text and told to the author.

mod blocks;
mod inline;

use std::collections::BTreeMap;

use crate::doc::{Block, Doc, Span, plain};
use crate::typography;

/// A text, and what its author should know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// The text, without its title.
    pub doc: Doc,
    /// The first heading of level 1.
    pub title: Option<String>,
    /// Where it links to, with the line.
    pub links: Vec<(usize, String)>,
    /// What its author must mend: line and French sentence.
    pub faults: Vec<(usize, String)>,
    /// The lines of its code blocks, in the order of [`crate::doc::codes`].
    pub code_lines: Vec<usize>,
}

/// A line of a text, without what holds it (`> `, an item's indentation).
#[derive(Clone, Copy)]
struct Line<'a> {
    number: usize,
    text: &'a str,
}

/// What is gathered while a text is read.
struct Reader {
    out: Rendered,
    /// `[label]: target`, by label in small letters.
    targets: BTreeMap<String, String>,
    /// The character before the next prose, when it continues a line.
    last: Option<char>,
}

/// Renders a text.
pub fn render(markdown: &str) -> Rendered {
    let lines: Vec<Line<'_>> = markdown
        .lines()
        .enumerate()
        .map(|(at, text)| Line { number: at + 1, text })
        .collect();
    let mut reader = Reader {
        out: Rendered::default(),
        targets: lines
            .iter()
            .filter_map(|line| blocks::target(line.text))
            .collect(),
        last: None,
    };
    let mut doc = reader.blocks(&lines);
    let is_title = |block: &Block| matches!(block, Block::Heading { level: 1, .. });
    let title = doc.iter().position(is_title).map(|at| doc.remove(at));
    if let Some(Block::Heading { text, .. }) = title {
        reader.out.title = Some(plain(&text));
    }
    reader.out.doc = doc;
    reader.out
}

/// A text of one line (a title, a choice): the words of its first paragraph.
pub fn inline(markdown: &str) -> Vec<Span> {
    match render(markdown).doc.into_iter().next() {
        Some(Block::Paragraph(spans)) => spans,
        _ => vec![Span::Text(typography::set(markdown))],
    }
}

#[cfg(test)]
mod complete;

#[cfg(test)]
mod tests {
    use super::{inline, render};
    use crate::doc::{codes, html, spans_html};

    #[test]
    fn texts() {
        let check = |markdown: &str, expected: &str| {
            assert_eq!(html(&render(markdown).doc).trim(), expected, "{markdown}");
        };
        check(
            "Un *mot* : `a : b` !",
            "<p>Un <em>mot</em>\u{a0}: <code>a : b</code>\u{202f}!</p>",
        );
        check(
            "# Titre\n\n## L'état d'un *Pod*\n",
            "<h2>L’état d’un <em>Pod</em></h2>",
        );
        check(
            "<script>alert(1)</script>",
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
        );
        check("a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>");
        check("[x](javascript:alert(1))", "<p>x</p>");
        check("![x](https://a.fr/x.png)", "<p>x</p>");
        check("[x](#/cours/pod)", "<p><a href=\"#/cours/pod\">x</a></p>");
        check(
            "[x](https://kubernetes.io/fr/)",
            "<p><a href=\"https://kubernetes.io/fr/\" target=\"_blank\" rel=\"noopener noreferrer\">x</a></p>",
        );
        check(
            "> [!astuce]\n> Un mot.",
            "<aside class=\"callout astuce\"><p class=\"callout-title\">Astuce</p>\n<p>Un mot.</p>\n</aside>",
        );
        check(
            "- un\n- **deux**\n  trois",
            "<ul>\n<li>un</li>\n<li><strong>deux</strong> trois</li>\n</ul>",
        );
        check(
            "1. un\n\n   suite\n2. deux",
            "<ol start=\"1\">\n<li><p>un</p>\n<p>suite</p>\n</li>\n<li>deux</li>\n</ol>",
        );
        check(
            "a\n\n---\n\n- b\n  - c",
            "<p>a</p>\n<hr>\n<ul>\n<li><p>b</p>\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>",
        );
        check(
            "| a | b |\n|---|---|\n| 1 | `2` |",
            "<table>\n<tr><th>a</th><th>b</th></tr>\n<tr><td>1</td><td><code>2</code></td></tr>\n</table>",
        );
        check(
            "```sh run\nkubectl get pods\n```",
            "<pre class=\"code\" data-language=\"sh\" data-run><code>kubectl get pods\n</code></pre>",
        );
        check(
            "```yaml file=\"><x\n<a>\n```",
            "<pre class=\"code\" data-language=\"yaml\" data-file=\"&quot;&gt;&lt;x\"><code>&lt;a&gt;\n</code></pre>",
        );
    }

    #[test]
    fn titles_links_code_and_faults() {
        let rendered = render(
            "# Votre `Pod`\n\nVoir [ici](#/cours/a): oui\n\n```yaml file=a.yaml\na: 1\n```\n\n```sh ruin\n```\n",
        );
        assert_eq!(rendered.title.as_deref(), Some("Votre Pod"));
        assert_eq!(rendered.links, [(3, "#/cours/a".to_owned())]);
        assert_eq!(rendered.code_lines, [5, 9]);
        assert_eq!(
            codes(&rendered.doc).first().and_then(|c| c.file.as_deref()),
            Some("a.yaml")
        );
        let lines: Vec<usize> = rendered.faults.iter().map(|f| f.0).collect();
        assert_eq!(lines, [3, 9], "{:?}", rendered.faults);
    }

    #[test]
    fn one_line() {
        assert_eq!(
            spans_html(&inline("Le Pod `web` ?")),
            "Le Pod <code>web</code>\u{202f}?"
        );
    }
}
