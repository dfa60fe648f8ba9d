//! Style, script and icons, built into the program. Their addresses carry a version, so that browsers may keep them for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("../../templates/style.css");
const SCRIPT: &str = include_str!("../../templates/status.js");
const ICONS: [(&str, &str); 3] = [
    ("fail.svg", include_str!("../../templates/fail.svg")),
    (
        "inconclusive.svg",
        include_str!("../../templates/inconclusive.svg"),
    ),
    ("pass.svg", include_str!("../../templates/pass.svg")),
];

/// Changes whenever an asset does.
pub(super) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    hash.update(STYLE);
    hash.update(SCRIPT);
    ICONS.iter().for_each(|(_, icon)| hash.update(icon));
    hash.finalize()[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
});

/// Answers `/assets/NAME`.
pub(super) async fn serve(Path(name): Path<String>) -> Response {
    let Some((kind, text)) = find(&name) else {
        return (StatusCode::NOT_FOUND, "There is no such asset.\n").into_response();
    };
    let fields = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (fields, text).into_response()
}

fn find(name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        "style.css" => Some(("text/css; charset=utf-8", STYLE)),
        "status.js" => Some(("text/javascript; charset=utf-8", SCRIPT)),
        icon => {
            let (_, text) = ICONS.iter().find(|(name, _)| *name == icon)?;
            Some(("image/svg+xml", text))
        }
    }
}
