//! What a Markdown page is made of: sections, fenced code and links, with their places. Pure.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

use super::slug::Slugs;
use crate::place::Span;

/// The parts of a page, in their order.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// One for each heading.
    pub(super) sections: Vec<Section>,
    /// Fenced code.
    pub(super) fences: Vec<Fence>,
    /// Links to elsewhere or within the page.
    pub(super) links: Vec<Link>,
    /// What a link can lead to: the anchors of headings, and ids given in HTML.
    pub(super) anchors: BTreeSet<String>,
}

/// A heading and what follows it up to the next one.
#[derive(Debug)]
pub(super) struct Section {
    /// The heading without its marks.
    pub(super) title: String,
    /// What a link to it ends in.
    pub(super) anchor: String,
    /// 1 to 6.
    pub(super) level: u8,
    /// The heading.
    pub(super) span: Span,
    /// Whether something follows that says anything: no comment, no `TODO`.
    pub(super) has_content: bool,
}

/// A block of fenced code.
#[derive(Debug)]
pub(super) struct Fence {
    /// What stands after the opening marks.
    pub(super) info: String,
    /// The code.
    pub(super) text: String,
    /// The code; the opening marks when there is none.
    pub(super) span: Span,
}

/// A link.
#[derive(Debug)]
pub(super) struct Link {
    /// Where it leads, as written.
    pub(super) target: String,
    /// The link with its text.
    pub(super) span: Span,
}

/// The Markdown that GitHub shows.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
}

/// Takes apart what stands in `text` after byte `start`, where the front matter ends.
pub(super) fn read(text: &str, start: usize) -> Outline {
    let mut reader = Reader::new(text);
    let events = Parser::new_ext(&text[start..], options()).into_offset_iter();
    for (event, range) in events {
        let span = Span {
            start: range.start + start,
            end: range.end + start,
        };
        reader.event(event, span);
    }
    reader.outline
}

/// Words that stand in for content that is to come.
const PLACEHOLDERS: [&str; 4] = ["todo", "tbd", "fixme", "n/a"];

struct Reader<'t> {
    source: &'t str,
    outline: Outline,
    slugs: Slugs,
    /// The text of the heading we are in.
    heading: Option<String>,
    in_fence: bool,
}

impl<'t> Reader<'t> {
    fn new(source: &'t str) -> Self {
        Self {
            source,
            outline: Outline::default(),
            slugs: Slugs::default(),
            heading: None,
            in_fence: false,
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => self.open_heading(level as u8, span),
            Event::End(TagEnd::Heading(_)) => self.close_heading(),
            Event::Start(Tag::CodeBlock(kind)) => self.open_fence(kind, span),
            Event::End(TagEnd::CodeBlock) => self.in_fence = false,
            Event::Start(Tag::Link { dest_url, .. }) => self.outline.links.push(Link {
                target: dest_url.into_string(),
                span,
            }),
            Event::Start(Tag::Image { .. }) => self.says("image"),
            Event::Start(Tag::HtmlBlock) if !self.written(span).starts_with("<!--") => {
                self.says("html");
            }
            Event::Text(text) if self.in_fence => self.code(&text, span),
            Event::Text(text) | Event::Code(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => self.text(" "),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html),
            _ => {}
        }
    }

    fn written(&self, span: Span) -> &'t str {
        self.source[span.start..span.end].trim_end()
    }

    fn open_heading(&mut self, level: u8, span: Span) {
        self.heading = Some(String::new());
        self.outline.sections.push(Section {
            title: String::new(),
            anchor: String::new(),
            level,
            span: Span::of(span.start, self.written(span).len()),
            has_content: false,
        });
    }

    fn close_heading(&mut self) {
        let (Some(title), Some(section)) = (self.heading.take(), self.outline.sections.last_mut())
        else {
            return;
        };
        section.anchor = self.slugs.next(&title);
        section.title = title.trim().to_owned();
        self.outline.anchors.insert(section.anchor.clone());
    }

    fn open_fence(&mut self, kind: CodeBlockKind<'_>, span: Span) {
        if let CodeBlockKind::Fenced(info) = kind {
            self.in_fence = true;
            self.outline.fences.push(Fence {
                info: info.trim().to_owned(),
                text: String::new(),
                span: Span::of(span.start, 3),
            });
        }
    }

    /// Code comes in pieces where its lines are indented, as in a list.
    fn code(&mut self, text: &str, span: Span) {
        let Some(fence) = self.outline.fences.last_mut() else {
            return;
        };
        if fence.text.is_empty() {
            fence.span.start = span.start;
        }
        fence.text.push_str(text);
        fence.span.end = span.start + text.trim_end().len();
        self.says(text);
    }

    fn text(&mut self, text: &str) {
        match &mut self.heading {
            Some(heading) => heading.push_str(text),
            None => self.says(text),
        }
    }

    fn says(&mut self, text: &str) {
        let text = text.trim().trim_end_matches([':', '.', '!']).to_lowercase();
        let is_content = !text.is_empty() && !PLACEHOLDERS.contains(&text.as_str());
        if let (true, Some(section)) = (is_content, self.outline.sections.last_mut()) {
            section.has_content = true;
        }
    }

    fn html(&mut self, html: &str) {
        static ID: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"<[^>]*\b(?:id|name)\s*=\s*["']([^"']+)["']"#).expect("a constant")
        });
        let ids = ID.captures_iter(html).map(|found| found[1].to_owned());
        self.outline.anchors.extend(ids);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
---
owner: x
---
# High *latency*

See [the notes](notes.md#why) and <https://example.com>.

## Meaning
<!-- fill
me -->
TODO

## Impact
### For users
1. Look:
   ```promql some
   a > 1
   b
   ```
<a id=\"Old\"></a>

## Impact
";

    #[test]
    fn sections_have_anchors_and_know_whether_they_say_something() {
        let outline = read(PAGE, 17);
        let sections: Vec<_> = outline
            .sections
            .iter()
            .map(|section| {
                let Section {
                    level,
                    title,
                    anchor,
                    has_content,
                    span,
                } = section;
                format!(
                    "{level} {title} #{anchor} {has_content} {}",
                    &PAGE[span.start..span.end]
                )
            })
            .collect();
        assert_eq!(
            sections,
            [
                "1 High latency #high-latency true # High *latency*",
                "2 Meaning #meaning false ## Meaning",
                "2 Impact #impact false ## Impact",
                "3 For users #for-users true ### For users",
                "2 Impact #impact-1 false ## Impact",
            ]
        );
        assert!(outline.anchors.contains("Old"));
        assert!(outline.anchors.contains("impact-1"));
    }

    #[test]
    fn code_and_links_keep_their_places() {
        let outline = read(PAGE, 17);
        let fence = &outline.fences[0];
        assert_eq!(
            (fence.info.as_str(), fence.text.as_str()),
            ("promql some", "a > 1\nb\n")
        );
        assert_eq!(&PAGE[fence.span.start..fence.span.end], "a > 1\n   b");
        let links: Vec<_> = outline
            .links
            .iter()
            .map(|link| (link.target.as_str(), &PAGE[link.span.start..link.span.end]))
            .collect();
        assert_eq!(
            links,
            [
                ("notes.md#why", "[the notes](notes.md#why)"),
                ("https://example.com", "<https://example.com>"),
            ]
        );
    }

    #[test]
    fn html_that_is_no_comment_says_something() {
        assert!(read("# A\n<table><tr><td>x</td></tr></table>\n", 0).sections[0].has_content);
    }
}
