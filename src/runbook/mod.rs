//! Runbooks: the page that helps on-call.
