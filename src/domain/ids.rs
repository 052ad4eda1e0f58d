//! Ids: one newtype a thing, all UUIDv7, so that they sort by the time they were made.
//!
//! Owns how ids are made and written. The clock is passed in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::time::Timestamp;

/// A text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected a UUID")]
pub struct IdError;

/// Makes a UUIDv7 whose time part is `now`.
fn uuid_at(now: Timestamp) -> Uuid {
    let millis = now.timestamp_millis().max(0).unsigned_abs();
    let seconds = millis / 1000;
    let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id whose time part is `now`.
            #[must_use]
            pub fn generate(now: Timestamp) -> Self {
                Self(uuid_at(now))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError)
            }
        }
    };
}

id!(
    /// Names an account.
    AccountId
);
id!(
    /// Names a decoy.
    DecoyId
);
id!(
    /// Names a feed.
    FeedId
);
id!(
    /// Names an item.
    ItemId
);
id!(
    /// Names a lead.
    LeadId
);
id!(
    /// Names a listing.
    ListingId
);
id!(
    /// Names a partner.
    PartnerId
);
id!(
    /// Names a letter of intent.
    LetterId
);
id!(
    /// Names an access token.
    TokenId
);
id!(
    /// Names a delivery: one push of a partner.
    DeliveryId
);
id!(
    /// Names a theft report.
    TheftReportId
);
id!(
    /// Names a suspicion report.
    ReportId
);
id!(
    /// Names a disclosure request.
    DisclosureRequestId
);
id!(
    /// Names a question to an owner.
    QuestionId
);
id!(
    /// Names a question on a report.
    ReportQuestionId
);
id!(
    /// Names a request for proof of ownership.
    OwnershipProofId
);
id!(
    /// Names an evidence pack.
    EvidencePackId
);
id!(
    /// Names an endpoint that events are sent to.
    WebhookId
);
id!(
    /// Names a hold.
    HoldId
);
id!(
    /// Names a saved search.
    SavedSearchId
);
id!(
    /// Names a message to somebody outside.
    MessageId
);
id!(
    /// Names a blind review.
    BlindReviewId
);
