//! What is told to systems and people outside: events, the endpoints that they are sent to, and the messages that carry them.
//!
//! Owns what an event may say: ids, kinds, instants, and the page on which whoever may see more can look. Never a detail of an
//! item, and nobody's identity. How a message is signed and sent is for `notify`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::disclosure::DisclosureRequest;
use super::hold::Hold;
use super::ids::{PartnerId, ReportId, ReportQuestionId, SavedSearchId};
use super::report::Decision;
use super::time::Timestamp;

mod message;

pub use message::{Message, MessageState, MessageTry, Recipient, Webhook, WebhookState};

/// Whose an endpoint is, and to whom an event is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The police force that runs the service.
    Force,
    /// A partner.
    Partner(PartnerId),
}

impl Holder {
    /// The partner, when it is one.
    #[must_use]
    pub fn partner(self) -> Option<PartnerId> {
        match self {
            Self::Force => None,
            Self::Partner(id) => Some(id),
        }
    }
}

impl From<Option<PartnerId>> for Holder {
    fn from(partner: Option<PartnerId>) -> Self {
        partner.map_or(Self::Force, Self::Partner)
    }
}

macro_rules! events {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal, $audience:ident, $says:literal;)*) => {
        /// What happened. The words are stable: systems outside switch on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum EventKind {
            $($(#[doc = $doc])* #[serde(rename = $word)] $name,)*
        }

        impl EventKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word in messages.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What happened, for people.
            #[must_use]
            pub fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }

            fn audience(self) -> Audience {
                match self { $(Self::$name => Audience::$audience,)* }
            }
        }
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    Force,
    Partner,
    /// The partner and the force.
    Both,
    /// Sent on request, to nobody by itself.
    Nobody,
}

events! {
    /// A suspicion report was raised.
    ReportRaised = "report.raised", Force, "A suspicion report was raised";
    /// An undecided report's sale ends soon.
    ReportUrgent = "report.urgent", Force, "The sale of an undecided report ends within a day";
    /// A report was confirmed or dismissed.
    ReportDecided = "report.decided", Force, "A suspicion report was confirmed or dismissed";
    /// A saved search found listings.
    SearchFound = "search.found", Force, "A saved search found something new on sale";
    /// A partner gave a seller's identity.
    DisclosureAnswered = "disclosure.answered", Force, "A partner has given a seller’s identity";
    /// A partner declined to.
    DisclosureDeclined = "disclosure.declined", Force, "A partner has declined to give a seller’s identity";
    /// An owner or a partner answered an officer's question.
    QuestionAnswered = "question.answered", Force, "An officer’s question was answered";
    /// A partner said whether it keeps a thing.
    HoldAnswered = "hold.answered", Force, "A partner said whether it keeps a thing";
    /// A partner has not said in time whether it keeps a thing.
    HoldUnanswered = "hold.unanswered", Force, "A partner has not said in time whether it keeps a thing";
    /// A hold ran out, and the thing is kept until the police decide.
    HoldRunOut = "hold.run_out", Force, "A hold has run out and waits for a decision";
    /// A partner is asked to keep a thing.
    HoldAsked = "hold.asked", Partner, "The police ask to keep a thing";
    /// The answer to that is overdue.
    HoldReminder = "hold.reminder", Partner, "The police still ask whether a thing is kept";
    /// A hold was extended.
    HoldExtended = "hold.extended", Partner, "A hold was extended";
    /// A hold was lifted.
    HoldLifted = "hold.lifted", Partner, "A hold was lifted";
    /// A hold ran out, and the thing may be sold.
    HoldExpired = "hold.expired", Partner, "A hold has run out: the thing may be sold";
    /// A partner is asked for a seller's identity.
    DisclosureRequested = "disclosure.requested", Partner, "The police ask for a seller’s identity";
    /// The answer to such a request is due.
    DisclosureReminder = "disclosure.reminder", Partner, "The answer to a request is due";
    /// Such a request was taken back.
    DisclosureRecalled = "disclosure.recalled", Partner, "The police have taken a request back";
    /// An officer asks the partner something about a listing.
    QuestionAsked = "question.asked", Partner, "An officer asks about a listing";
    /// A partner is to have its seller show that a thing is theirs.
    ProofAsked = "proof.asked", Partner, "The police ask a seller for proof of ownership";
    /// Such requests were taken back.
    ProofTakenBack = "proof.taken_back", Partner, "The police need no proof of ownership any more";
    /// A partner answered for its seller.
    ProofAnswered = "proof.answered", Force, "A partner answered for proof of ownership";
    /// A feed has been silent for longer than its rhythm explains.
    FeedSilent = "feed.silent", Both, "A feed has been silent for too long";
    /// A feed that was silent has sent something again.
    FeedHeardAgain = "feed.heard_again", Both, "A feed that was silent is heard again";
    /// What waits for somebody, by mail.
    Digest = "digest", Nobody, "What waits for somebody";
    /// Sent to try an endpoint.
    Test = "test", Nobody, "A trial";
}

impl EventKind {
    /// The kinds that this holder's endpoints can be told of.
    #[must_use]
    pub fn of(holder: Holder) -> Vec<Self> {
        let audience = match holder {
            Holder::Force => Audience::Force,
            Holder::Partner(_) => Audience::Partner,
        };
        let told = |kind: &Self| kind.audience() == audience || kind.audience() == Audience::Both;
        Self::ALL.iter().copied().filter(told).collect()
    }
}

/// Something that happened, as it is told outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// To whom it is told.
    pub holder: Holder,
    /// Ids, kinds and instants: the `data` of the message, without its link.
    pub about: Value,
    /// The page on which more can be seen, as a path of ours.
    pub page: String,
}

impl Event {
    /// A report was raised.
    #[must_use]
    pub fn report_raised(report: ReportId) -> Self {
        Self::of_report(EventKind::ReportRaised, report, json!({ "report": report }))
    }

    /// An undecided report's sale ends soon.
    #[must_use]
    pub fn report_urgent(report: ReportId, sale_ends_at: Timestamp) -> Self {
        let about = json!({ "report": report, "sale_ends_at": sale_ends_at });
        Self::of_report(EventKind::ReportUrgent, report, about)
    }

    /// A report was decided.
    #[must_use]
    pub fn report_decided(report: ReportId, decision: Decision) -> Self {
        let about = json!({ "report": report, "decision": decision });
        Self::of_report(EventKind::ReportDecided, report, about)
    }

    /// Something became of a hold.
    #[must_use]
    pub fn of_hold(kind: EventKind, hold: &Hold) -> Self {
        let about = json!({ "hold": hold.id, "state": hold.state, "answer_due": hold.notice_due, "ends_at": hold.ends_at });
        match kind.audience() {
            Audience::Force => Self {
                kind,
                holder: Holder::Force,
                about,
                page: format!("/reports/{}/hold", hold.report),
            },
            Audience::Partner | Audience::Both | Audience::Nobody => Self {
                kind,
                holder: Holder::Partner(hold.partner),
                about,
                page: "/holds".to_owned(),
            },
        }
    }

    /// A saved search found so many listings.
    #[must_use]
    pub fn search_found(search: SavedSearchId, listings: usize) -> Self {
        Self {
            kind: EventKind::SearchFound,
            holder: Holder::Force,
            about: json!({ "saved_search": search, "listings": listings }),
            page: format!("/searches/{search}"),
        }
    }

    /// A partner was asked for an identity, is reminded of it, or need not answer any more; or the force is told of its answer.
    #[must_use]
    pub fn of_request(kind: EventKind, request: &DisclosureRequest, due: Option<Timestamp>) -> Self {
        let mut about = json!({ "disclosure_request": request.id });
        if let Some(due) = due {
            about["due"] = json!(due);
        }
        let (holder, page) = match kind.audience() {
            Audience::Force => (Holder::Force, format!("/disclosures/{}", request.id)),
            Audience::Partner | Audience::Both | Audience::Nobody => {
                (Holder::Partner(request.partner), format!("/requests/{}", request.id))
            }
        };
        Self {
            kind,
            holder,
            about,
            page,
        }
    }

    /// An owner or a partner answered a question on a report.
    #[must_use]
    pub fn question_answered(report: ReportId, question: ReportQuestionId) -> Self {
        let about = json!({ "report": report, "question": question });
        Self::of_report(EventKind::QuestionAnswered, report, about)
    }

    /// An officer asked a partner something.
    #[must_use]
    pub fn question_asked(partner: PartnerId, question: ReportQuestionId) -> Self {
        Self {
            kind: EventKind::QuestionAsked,
            holder: Holder::Partner(partner),
            about: json!({ "question": question }),
            page: "/police-questions".to_owned(),
        }
    }

    /// A partner was asked for proof of ownership, need not have it shown any more, or answered.
    #[must_use]
    pub fn of_proof(kind: EventKind, partner: PartnerId, report: ReportId, mut about: Value) -> Self {
        let is_answer = kind.audience() == Audience::Force;
        if is_answer {
            about["report"] = json!(report);
        }
        Self {
            kind,
            holder: if is_answer { Holder::Force } else { Holder::Partner(partner) },
            about,
            page: if is_answer {
                format!("/reports/{report}")
            } else {
                "/proofs".to_owned()
            },
        }
    }

    /// A feed's silence began or ended: to the partner and to the force. `feed` is its name; none: what is pushed without one.
    #[must_use]
    pub fn of_feed(kind: EventKind, partner: PartnerId, feed: Option<&str>, since: Option<Timestamp>) -> [Self; 2] {
        [Holder::Partner(partner), Holder::Force].map(|holder| Self {
            kind,
            holder,
            about: json!({ "partner": partner, "feed": feed, "since": since }),
            page: match holder {
                Holder::Partner(_) => "/feeds".to_owned(),
                Holder::Force => format!("/partners/{partner}"),
            },
        })
    }

    fn of_report(kind: EventKind, report: ReportId, about: Value) -> Self {
        Self {
            kind,
            holder: Holder::Force,
            about,
            page: format!("/reports/{report}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_holder_is_told_of_its_own() {
        let partner = Holder::Partner(PartnerId(uuid::Uuid::from_u128(1)));
        let (force, partner) = (EventKind::of(Holder::Force), EventKind::of(partner));
        assert!(force.contains(&EventKind::ReportRaised) && !force.contains(&EventKind::DisclosureRequested));
        assert!(partner.contains(&EventKind::DisclosureRequested));
        assert!(partner.iter().all(|kind| !kind.word().starts_with("report.")), "{partner:?}");
        for kind in [
            EventKind::DisclosureAnswered,
            EventKind::DisclosureDeclined,
            EventKind::QuestionAnswered,
        ] {
            assert!(force.contains(&kind) && !partner.contains(&kind), "{}", kind.word());
        }
        assert!(!force.contains(&EventKind::Test) && !partner.contains(&EventKind::Test));
    }
}
