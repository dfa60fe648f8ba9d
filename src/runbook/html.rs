//! A runbook as HTML for the status page: headings stand below those of the page, links to other runbooks lead to their
//! promises. Pure.
//!
//! Raw HTML is shown as text, and links keep only harmless schemes, so that a page cannot run anything.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, html};

use super::{front_matter, outline};

/// Renders a page without its front matter. Headings get the ids that links to them end in.
pub fn render_html(markdown: &str) -> String {
    let start = front_matter::bounds(markdown).map_or(0, |(_, start)| start);
    let sections = outline::read(markdown, start).sections;
    let mut anchors = sections.into_iter().map(|section| section.anchor);
    let events = Parser::new_ext(&markdown[start..], outline::options());
    let events = events.filter_map(|event| harmless(event, &mut anchors));
    let mut page = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut page, events);
    page
}

fn harmless<'e>(event: Event<'e>, anchors: &mut impl Iterator<Item = String>) -> Option<Event<'e>> {
    let event = match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return None,
        Event::Start(tag) => Event::Start(harmless_tag(tag, anchors)),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
        event => event,
    };
    Some(event)
}

fn harmless_tag<'e>(tag: Tag<'e>, anchors: &mut impl Iterator<Item = String>) -> Tag<'e> {
    match tag {
        Tag::Heading {
            level,
            classes,
            attrs,
            ..
        } => Tag::Heading {
            level: below(level),
            id: anchors.next().map(CowStr::from),
            classes,
            attrs,
        },
        Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        } => Tag::Link {
            link_type,
            dest_url: shown_url(harmless_url(dest_url)),
            title,
            id,
        },
        tag => tag,
    }
}

/// Below the headings of the page around it.
fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

/// Another runbook is shown as a promise.
fn shown_url(url: CowStr<'_>) -> CowStr<'_> {
    let (path, anchor) = url.split_once('#').unwrap_or((&url, ""));
    let name = path
        .rsplit('/')
        .next()
        .and_then(|file| file.strip_suffix(".md"));
    match name {
        Some(name) if !path.contains(':') => CowStr::from(match anchor {
            "" => format!("/status/promise/runbook/{name}"),
            anchor => format!("/status/promise/runbook/{name}#{anchor}"),
        }),
        _ => url,
    }
}

/// The address, or an empty one when its scheme could do more than lead somewhere.
fn harmless_url(url: CowStr<'_>) -> CowStr<'_> {
    let before_path = url.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme = before_path.split_once(':').map(|(scheme, _)| scheme);
    match scheme.map(str::to_lowercase).as_deref() {
        None | Some("http" | "https" | "mailto") => url,
        Some(_) => CowStr::from(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        assert_eq!(render_html(markdown), expected);
    }

    #[test]
    fn front_matter_goes_and_headings_can_be_linked_to() {
        check(
            "---\nowner: x\n---\n# What now?\n\ntext\n\n## What now\n",
            "<h3 id=\"what-now\">What now?</h3>\n<p>text</p>\n<h3 id=\"what-now-1\">What now</h3>\n",
        );
    }

    #[test]
    fn nothing_in_a_page_can_run() {
        check(
            "a <b onclick=x>b</b>\n",
            "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n",
        );
        check(
            "<script>alert(1)</script>\n",
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;\n</p>\n",
        );
        for link in [
            "javascript:x",
            "JavaScript:x",
            "data:text/html,x",
            "vbscript:x",
        ] {
            check(&format!("[a]({link})"), "<p><a href=\"\">a</a></p>\n");
        }
        check("![alt](https://x.com/t.png)", "<p>alt</p>\n");
    }

    #[test]
    fn links_and_tables_stay() {
        check(
            "[a](b.md?c=d:e) [f](https://x.com) [g](#h)",
            "<p><a href=\"b.md?c=d:e\">a</a> <a href=\"https://x.com\">f</a> <a href=\"#h\">g</a></p>\n",
        );
        assert!(render_html("|a|\n|-|\n|b|\n").contains("<td>b</td>"));
    }

    #[test]
    fn links_to_other_runbooks_lead_to_their_promises() {
        check(
            "[a](Other.md#mitigation) [b](https://x.example/y.md)",
            "<p><a href=\"/status/promise/runbook/Other#mitigation\">a</a> <a href=\"https://x.example/y.md\">b</a></p>\n",
        );
    }
}
