//! The tables, as migrations: rows of older releases are read.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

const FIRST: &str = "
CREATE TABLE standing (promise TEXT PRIMARY KEY, settled TEXT NOT NULL, at_ms BIGINT NOT NULL);
CREATE TABLE verdict (
  id TEXT PRIMARY KEY, promise TEXT NOT NULL, at_ms BIGINT NOT NULL, outcome TEXT NOT NULL, says TEXT NOT NULL,
  figure DOUBLE PRECISION
);
CREATE INDEX verdict_by_promise ON verdict (promise, at_ms);
CREATE TABLE transition (id TEXT PRIMARY KEY, promise TEXT NOT NULL, at_ms BIGINT NOT NULL, body TEXT NOT NULL);
CREATE INDEX transition_by_promise ON transition (promise, at_ms);
CREATE TABLE evidence (
  id TEXT PRIMARY KEY, promise TEXT NOT NULL, at_ns BIGINT NOT NULL, pinned BOOLEAN NOT NULL, verdict TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX evidence_by_promise ON evidence (promise, at_ns);
";

pub(super) fn migrator() -> Migrator {
    let first = Migration::new(
        1,
        Cow::Borrowed("first"),
        MigrationType::Simple,
        FIRST.into_sql_str(),
        false,
    );
    Migrator::with_migrations(vec![first])
}
