//! Feeds: one file a format behind one trait; bad lines are told apart from good ones.
