//! A runbook as HTML: an adapter to be pointed at the runbook kind's own renderer.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::place::SourceFile;

/// The page's Markdown as HTML, without its front matter. HTML written in it is shown, not run; its headings are put below
/// those of the page around it.
pub(super) fn html(file: &SourceFile) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut is_front_matter = false;
    let events = Parser::new_ext(&file.text, options).filter_map(|event| {
        match event {
            Event::Start(Tag::MetadataBlock(_)) => is_front_matter = true,
            Event::End(TagEnd::MetadataBlock(_)) => is_front_matter = false,
            _ if is_front_matter => {}
            event => return Some(plain(event)),
        }
        None
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

fn plain(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Heading {
            level,
            id,
            classes,
            attrs,
        }) => Event::Start(Tag::Heading {
            level: below(level),
            id,
            classes,
            attrs,
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) if !is_safe(&dest_url) => Event::Start(Tag::Link {
            link_type,
            dest_url: "#".into(),
            title,
            id,
        }),
        event => event,
    }
}

fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

/// Relative, web or mail: not `javascript:` and the like.
fn is_safe(address: &str) -> bool {
    match url::Url::parse(address) {
        Ok(url) => matches!(url.scheme(), "http" | "https" | "mailto"),
        Err(error) => error == url::ParseError::RelativeUrlWithoutBase,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        assert_eq!(html(&SourceFile::new("a.md", markdown)), expected);
    }

    #[test]
    fn markdown_becomes_harmless_html_below_the_page() {
        check("---\nalert: A\n---\n# Meaning\n", "<h3>Meaning</h3>\n");
        check(
            "a <b onclick=x>b</b>",
            "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n",
        );
        check("<script>x</script>\n", "&lt;script&gt;x&lt;/script&gt;\n");
        check(
            "[a](javascript:x) [b](other.md)",
            "<p><a href=\"#\">a</a> <a href=\"other.md\">b</a></p>\n",
        );
    }
}
