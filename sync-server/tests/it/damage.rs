//! One damaged change among good ones: put aside, asked for again, and nobody notices but the log.

use adjutant_relay::{Relay, RelayConfig};
use adjutant_store::{ChunkReader as _, MemoryStore};

use crate::it::device::{Device, document};

#[tokio::test]
async fn a_damaged_change_is_asked_for_again_and_given_to_newcomers() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    let config = RelayConfig::new(folder.path(), ([127, 0, 0, 1], 0).into());
    let relay = Relay::start_on(config, Box::new(store.clone()))
        .await
        .unwrap();
    let link = relay.join_link();
    let (id, other) = (document(&link, 1), document(&link, 2));
    let mut anna = Device::join(&link, "anna").await;
    for number in 0..10 {
        anna.put(id, &number.to_string(), number);
        anna.push(id).await;
    }
    anna.put(other, "a", 1);
    anna.push(other).await;
    let hash = store.read_metas(id).unwrap().metas[4].hash;
    store.damage(id, hash);

    // A newcomer's question finds the damage; the relay lets go of those who talk about this document.
    let mut bert = Device::join(&link, "bert").await;
    bert.say(id).await;
    assert!(
        bert.hear().await.is_none(),
        "nothing is served around a gap"
    );
    assert_eq!(store.damaged().unwrap().len(), 1);

    // Whoever has it brings it back, and then everybody has all of it.
    let mut anna = anna.rejoin(&link).await;
    anna.push(id).await;
    assert_eq!(store.damaged().unwrap(), []);
    let mut bert = bert.rejoin(&link).await;
    bert.pull(id, 10).await;
    bert.pull(other, 1).await;
    relay.shutdown().await.unwrap();
}
