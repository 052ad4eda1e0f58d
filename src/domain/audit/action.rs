//! What can be done, in the log's own words.

use serde::{Deserialize, Serialize};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// What was done. The words are stable: they are hashed into the log.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Action {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Action {
            /// All actions.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word in the log.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

actions! {
    /// Somebody signed in.
    SignIn = "sign_in",
    /// A sign-in failed.
    SignInRefused = "sign_in_refused",
    /// Somebody signed out.
    SignOut = "sign_out",
    /// Somebody signed in gave their password again, for an act that asks for it.
    PersonConfirmed = "person_confirmed",
    /// An account was made.
    AccountCreated = "account_created",
    /// An account was changed: role, name, password, enabled.
    AccountChanged = "account_changed",
    /// Accounts were listed or opened by an administrator.
    AccountConsulted = "account_consulted",
    /// An account and its personal data were erased.
    AccountErased = "account_erased",
    /// An owner took a copy of their data.
    AccountExported = "account_exported",
    /// A token was made.
    TokenCreated = "token_created",
    /// A token was replaced by a new one.
    TokenRotated = "token_rotated",
    /// A token was revoked.
    TokenRevoked = "token_revoked",
    /// A partner was entered.
    PartnerCreated = "partner_created",
    /// A partner was changed; before there was a word of its own for that, also entered.
    PartnerChanged = "partner_changed",
    /// A letter was entered.
    LetterEntered = "letter_entered",
    /// A letter was revoked.
    LetterRevoked = "letter_revoked",
    /// Where events are sent to was entered, changed or removed.
    WebhookChanged = "webhook_changed",
    /// An endpoint was given a new secret.
    WebhookSecretRotated = "webhook_secret_rotated",
    /// An endpoint was switched off because it failed for too long, or said that it is gone.
    WebhookDisabled = "webhook_disabled",
    /// A message was sent on purpose: a trial, or one once more.
    MessageAsked = "message_asked",
    /// A feed was entered or its settings were changed.
    FeedChanged = "feed_changed",
    /// A feed was removed.
    FeedRemoved = "feed_removed",
    /// Records were read again out of quarantine.
    QuarantineReread = "quarantine_reread",
    /// A partner let records go that waited in quarantine.
    QuarantineDiscarded = "quarantine_discarded",
    /// A partner consented to decoys, or changed until when.
    DecoysConsented = "decoys_consented",
    /// A partner withdrew its consent to decoys, or it ran out: those that stood are taken back.
    DecoysRefused = "decoys_refused",
    /// An administrator planted a decoy.
    DecoyPlanted = "decoy_planted",
    /// An administrator took a decoy back.
    DecoyWithdrawn = "decoy_withdrawn",
    /// A decoy was recognised.
    DecoyAlerted = "decoy_alerted",
    /// Listings that a whole file did not name any more were withdrawn.
    ListingsMissing = "listings_missing",
    /// A batch of listings was taken in.
    ListingsPushed = "listings_pushed",
    /// A push was refused because no letter is active.
    PushRefused = "push_refused",
    /// A partner took a listing down.
    ListingWithdrawn = "listing_withdrawn",
    /// A listing's photo was received.
    ListingPhotoReceived = "listing_photo_received",
    /// A partner took an uploaded photo off a listing.
    ListingPhotoRemoved = "listing_photo_removed",
    /// Listings were erased after their retention.
    ListingsErased = "listings_erased",
    /// An item was registered.
    ItemRegistered = "item_registered",
    /// An item was changed.
    ItemChanged = "item_changed",
    /// An item's photo was received.
    ItemPhotoReceived = "item_photo_received",
    /// An owner took a photo off an item.
    ItemPhotoRemoved = "item_photo_removed",
    /// A theft was reported.
    TheftReported = "theft_reported",
    /// An officer verified a theft report.
    TheftVerified = "theft_verified",
    /// A verified theft report fell back to unverified, because an item of it was changed.
    TheftSentBack = "theft_sent_back",
    /// An officer rejected a theft report.
    TheftRejected = "theft_rejected",
    /// A suspicion report was raised.
    ReportRaised = "report_raised",
    /// A suspicion report that nobody had taken was retracted, because what came in since speaks against it.
    ReportRetracted = "report_retracted",
    /// A suspicion report was opened on screen or by the API.
    ReportConsulted = "report_consulted",
    /// The queue was read.
    QueueConsulted = "queue_consulted",
    /// A supervisor read the desk's figures.
    FiguresConsulted = "figures_consulted",
    /// A theft report with its reporter's details was opened.
    TheftReportConsulted = "theft_report_consulted",
    /// An officer took a report.
    ReportTaken = "report_taken",
    /// An officer handed a report back.
    ReportReleased = "report_released",
    /// An officer confirmed a report.
    ReportConfirmed = "report_confirmed",
    /// An officer dismissed a report.
    ReportDismissed = "report_dismissed",
    /// An officer reopened a report.
    ReportReopened = "report_reopened",
    /// An officer recorded a report's outcome.
    ReportClosed = "report_closed",
    /// Somebody of the police commented on a report.
    ReportCommented = "report_commented",
    /// A report was given to an officer.
    ReportAssigned = "report_assigned",
    /// An officer asked the owner or the partner on a report.
    ReportQuestionAsked = "report_question_asked",
    /// The owner or the partner answered an officer's question.
    ReportQuestionAnswered = "report_question_answered",
    /// An evidence pack of a report was made.
    EvidencePackMade = "evidence_pack_made",
    /// An officer vouched for a report as evidence.
    EvidencePromoted = "evidence_promoted",
    /// A series of reports was opened.
    SeriesConsulted = "series_consulted",
    /// Items and listings were searched by an officer.
    Searched = "searched",
    /// An officer saved a search that alerts.
    SearchSaved = "search_saved",
    /// A saved search was run over listings that are new.
    SavedSearchRan = "saved_search_ran",
    /// An officer ended a saved search.
    SavedSearchEnded = "saved_search_ended",
    /// How things are held under a letter was set.
    HoldPolicySet = "hold_policy_set",
    /// Nothing is held under a letter from then on.
    HoldPolicyEnded = "hold_policy_ended",
    /// A partner was asked to keep a thing.
    HoldAsked = "hold_asked",
    /// A partner said whether it keeps it.
    HoldAnswered = "hold_answered",
    /// A partner was reminded that it has not said whether it keeps a thing, and the force told.
    HoldReminded = "hold_reminded",
    /// An officer extended a hold.
    HoldExtended = "hold_extended",
    /// A hold was lifted, by an officer or because its report came to nothing.
    HoldLifted = "hold_lifted",
    /// A hold ran out.
    HoldExpired = "hold_expired",
    /// A partner read its holds.
    HoldConsulted = "hold_consulted",
    /// A disclosure was requested.
    DisclosureRequested = "disclosure_requested",
    /// A disclosure was asked for and the gate refused.
    DisclosureGateRefused = "disclosure_gate_refused",
    /// A supervisor approved a disclosure.
    DisclosureApproved = "disclosure_approved",
    /// A supervisor refused a disclosure.
    DisclosureRefused = "disclosure_refused",
    /// A partner answered with the identity.
    DisclosureAnswered = "disclosure_answered",
    /// A partner declined.
    DisclosureDeclined = "disclosure_declined",
    /// A partner has read a disclosure request for the first time.
    DisclosureReceived = "disclosure_received",
    /// A partner was reminded that its answer is due.
    DisclosureReminded = "disclosure_reminded",
    /// The supervisors were told that a partner's answer stays due.
    DisclosureEscalated = "disclosure_escalated",
    /// A disclosure request was taken back, because the listing turned out not to be the item.
    DisclosureRecalled = "disclosure_recalled",
    /// A partner has read for the first time that a request was taken back.
    DisclosureRecallReceived = "disclosure_recall_received",
    /// A disclosure request was read.
    DisclosureConsulted = "disclosure_consulted",
    /// A seller's identity was opened.
    IdentityOpened = "identity_opened",
    /// A seller's identity was erased after the letter's retention.
    IdentityErased = "identity_erased",
    /// An owner's contact details were opened.
    ContactOpened = "contact_opened",
    /// Somebody asked whether something may be offered.
    Checked = "checked",
    /// A feed has been silent for longer than its rhythm explains.
    FeedSilent = "feed_silent",
    /// A feed that was silent has sent something again.
    FeedHeardAgain = "feed_heard_again",
    /// A check was on what may be stolen: a lead for the police.
    LeadRaised = "lead_raised",
    /// An officer followed a lead up.
    LeadFollowed = "lead_followed",
    /// An officer had a partner ask its seller for proof of ownership.
    ProofAsked = "proof_asked",
    /// A partner put a picture to an answer.
    ProofPhotoReceived = "proof_photo_received",
    /// A partner answered for its seller.
    ProofAnswered = "proof_answered",
    /// An officer said what an answer is worth.
    ProofJudged = "proof_judged",
    /// What was asked was taken back: there is nothing to be proved.
    ProofTakenBack = "proof_taken_back",
    /// Answers of sellers were erased after the letter's retention.
    ProofAnswersErased = "proof_answers_erased",
    /// An owner was asked quietly.
    QuestionAsked = "question_asked",
    /// An owner answered.
    QuestionAnswered = "question_answered",
    /// A candidate below the reporting threshold was drawn for a blind review.
    BlindReviewDrawn = "blind_review_drawn",
    /// A pair was opened for a blind review.
    BlindReviewConsulted = "blind_review_consulted",
    /// An officer said in a blind review whether both are the same.
    BlindReviewDecided = "blind_review_decided",
    /// Weights were learned from outcomes and blind reviews.
    Calibrated = "calibrated",
    /// The audit log was read.
    AuditConsulted = "audit_consulted",
    /// The audit log was exported.
    AuditExported = "audit_exported",
    /// A request was refused for lack of rights.
    AccessRefused = "access_refused",
    /// The service was restored from a backup.
    Restored = "restored",
    /// Demo data was loaded.
    DemoLoaded = "demo_loaded",
}
