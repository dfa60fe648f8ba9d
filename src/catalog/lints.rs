//! What can be said of any document, whatever its kind: a table.

use crate::finding::{Lint, Severity};

macro_rules! lints {
    ($($name:ident $id:literal $summary:literal $explain:literal)*) => {
        $(
            #[doc = $summary]
            pub const $name: Lint = Lint { id: $id, summary: $summary, severity: Severity::Error, explain: $explain };
        )*
        /// All of them.
        pub static LINTS: &[Lint] = &[$($name),*];
    };
}

lints! {
    UNREADABLE "document:unreadable" "a file cannot be read"
        "What cannot be read cannot be checked, and a promise nobody reads is none."
    ENCODING "document:encoding" "a file is not UTF-8"
        "YAML and Markdown are read as UTF-8. The place is the first byte that is not."
    EMPTY "document:empty" "a file has no document in it"
        "An empty file promises nothing; it is most often the rest of an unfinished edit."
    SYNTAX "document:syntax" "a file is not YAML"
        "Nothing after the place can be trusted. Other files are still read."
    UNKNOWN_KIND "document:kind" "a document of ours has a kind that does not exist"
        "`apiVersion: steadfast/v1` takes the kinds that `steadfast schema` lists. Kubernetes objects of other kinds are skipped and counted instead."
    UNKNOWN_KEY "document:unknown-key" "a key is not known here"
        "A key nobody reads is most often a misspelt one, and what it was meant to say is silently lost."
    DUPLICATE_KEY "document:duplicate-key" "a key is given twice in one map"
        "YAML readers disagree on which one counts."
    MISSING "document:missing" "a required key is missing or empty"
        "The document cannot be judged without it."
    TYPE "document:type" "a value has the wrong type"
        "Durations are written as Prometheus writes them: `30s`, `5m`, `1h30m`."
    DUPLICATE_ID "document:duplicate-id" "two promises have the same id"
        "Verdicts, silences and gates name a promise by its id, so it must be unique. The second one is not evaluated."
    REFERENCE "document:reference" "a name refers to something that does not exist"
        "A promise that refers to a missing document, target or peer would never be judged."
}
