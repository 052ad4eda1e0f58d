//! The partner's answer: who may give it, and what it has to hold.

use super::*;

#[tokio::test]
async fn partners_answer_their_own_requests_with_what_was_asked() {
    let world = World::new();
    let id = world.request().await.unwrap().id;
    world.approve(id).await.unwrap();
    let stranger = Principal::Partner {
        id: world.other_partner,
        token: TokenId(uuid::Uuid::nil()),
    };
    let foreign = world.casework.answer_disclosure(&stranger, id, identity()).await;
    assert!(matches!(foreign, Err(CaseworkError::Store(StoreError::Missing { .. }))));
    assert_eq!(world.actions().last(), Some(&Action::AccessRefused));
    assert!(world.casework.partner_requests(&stranger).await.unwrap().is_empty());

    let with = |name: Option<&str>, others: &[SellerField]| {
        let others = others.iter().map(|field| (*field, None));
        let name = (SellerField::Name, name.map(str::to_owned));
        IdentityAnswer(others.chain([name]).collect())
    };
    let bad = [
        with(Some("Per Hansen"), &[SellerField::Address, SellerField::Phone]),
        with(Some("  "), &[SellerField::Address]),
        with(Some(&"x".repeat(501)), &[SellerField::Address]),
        with(None, &[SellerField::Address]),
        with(Some("Per Hansen"), &[]),
        IdentityAnswer(BTreeMap::new()),
    ];
    for identity in bad {
        let refused = world.casework.answer_disclosure(&world.as_partner(), id, identity).await;
        assert!(matches!(refused, Err(CaseworkError::Invalid { field: "identity", .. })));
    }
    assert!(matches!(world.state_of(id), DisclosureState::Asked { .. }));
    let part = with(Some("Per Hansen"), &[SellerField::Address]);
    world
        .casework
        .answer_disclosure(&world.as_partner(), id, part.clone())
        .await
        .unwrap();
    assert!(
        matches!(world.answer(id).await, Err(CaseworkError::Conflict(_))),
        "answers are given once"
    );
    assert_eq!(world.open(id).await.unwrap(), part.known());
}
