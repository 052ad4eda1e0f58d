//! The door on a real store.
