//! Gates: whether a release may go on.
