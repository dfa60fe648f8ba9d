//! What documents declare for each other, and the step from a draft to its promises. Pure.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::document::Document;
use crate::config::Config;
use crate::finding::{Findings, Lint};
use crate::promise::{Header, Promise, PromiseId};

/// A kind of promise: one folder and one line in [`super::kinds::KINDS`].
pub struct Kind {
    /// The first part of its promises' ids.
    pub name: &'static str,
    /// Its `kind`s of `apiVersion: steadfast/v1`; empty for foreign formats.
    pub ours: &'static [&'static str],
    /// Whether a document is of this kind, by its content.
    pub accepts: fn(&Document) -> bool,
    /// Reads a document; mistakes become findings.
    pub read: fn(&Document, &mut Findings) -> Vec<Box<dyn Draft>>,
    /// What can be said of its documents offline.
    pub lints: &'static [&'static Lint],
}

/// A document that was read but not yet linked with the others.
pub trait Draft {
    /// Puts into the library what other documents may refer to.
    fn declare(&self, library: &mut Library<'_>) {
        let _ = library;
    }

    /// The promises of the document, now that every document is known. Promises of kinds that come earlier in the
    /// registry are linked already and can be looked up by id.
    fn link(self: Box<Self>, library: &Library<'_>, findings: &mut Findings) -> Vec<Promise>;
}

/// Everything documents can refer to by name.
pub struct Library<'a> {
    /// The configuration.
    pub config: &'a Config,
    declared: HashMap<TypeId, BTreeMap<String, Arc<dyn Any + Send + Sync>>>,
    promises: BTreeMap<PromiseId, BTreeMap<String, String>>,
}

impl<'a> Library<'a> {
    /// An empty library.
    pub fn new(config: &'a Config) -> Self {
        Self {
            config,
            declared: HashMap::new(),
            promises: BTreeMap::new(),
        }
    }

    /// Declares `value` under `name`; the first of a type and name stays.
    pub fn declare<T: Any + Send + Sync>(&mut self, name: impl Into<String>, value: Arc<T>) {
        let of_type = self.declared.entry(TypeId::of::<T>()).or_default();
        of_type.entry(name.into()).or_insert(value);
    }

    /// What is declared under `name` as a `T`.
    pub fn get<T: Any + Send + Sync>(&self, name: &str) -> Option<Arc<T>> {
        let value = self.declared.get(&TypeId::of::<T>())?.get(name)?;
        Arc::clone(value).downcast().ok()
    }

    /// The names under which a `T` is declared, sorted.
    pub fn names<T: Any>(&self) -> Vec<&str> {
        let of_type = self.declared.get(&TypeId::of::<T>());
        of_type
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Makes a linked promise known to those that are linked later.
    pub fn add(&mut self, header: &Header) {
        self.promises
            .insert(header.id.clone(), header.labels.clone());
    }

    /// The promises linked so far, with their labels.
    pub fn promises(&self) -> &BTreeMap<PromiseId, BTreeMap<String, String>> {
        &self.promises
    }
}
