//! A small world: a relay, devices with folders of their own, and the questions that stories ask of them.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use adjutant_base::{ContentHash, DocumentId, JoinLink, ManualClock, RecordId, Timestamp};
use adjutant_client::{Config, Engine, LinkState, Zone};
use adjutant_model::action::ActionField;
use adjutant_model::{Board, Command};
use adjutant_relay::{Relay, RelayConfig, Running};
use tempfile::TempDir;

/// Long enough for a loaded machine; reached only by a broken program.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

/// 24 November 2026, 09:00 UTC.
pub(crate) const START: Timestamp = Timestamp(1_795_510_800_000);

pub(crate) struct World {
    runtime: tokio::runtime::Runtime,
    _relay_folder: TempDir,
    config: RelayConfig,
    relay: Option<Running>,
    link: JoinLink,
    pub(crate) clock: Arc<ManualClock>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_usual| {})
    }

    /// A world whose relay is set up as `set_up` says.
    pub(crate) fn with(set_up: impl FnOnce(&mut RelayConfig)) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let relay_folder = tempfile::tempdir().unwrap();
        let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let mut config = RelayConfig::new(relay_folder.path(), any_port);
        set_up(&mut config);
        let relay = runtime.block_on(Relay::start(config.clone())).unwrap();
        config.listen = relay.address();
        let link = relay.join_link();
        Self {
            runtime,
            _relay_folder: relay_folder,
            config,
            relay: Some(relay),
            link,
            clock: Arc::new(ManualClock::new(START)),
        }
    }

    pub(crate) fn link(&self) -> JoinLink {
        self.link.clone()
    }

    /// Stops the relay; its port stays the same when it starts again.
    pub(crate) fn stop_relay(&mut self) {
        if let Some(relay) = self.relay.take() {
            self.runtime.block_on(relay.shutdown()).unwrap();
        }
    }

    pub(crate) fn start_relay(&mut self) {
        let config = self.config.clone();
        self.relay = Some(self.runtime.block_on(Relay::start(config)).unwrap());
    }

    /// Starts a device in a folder of its own and lets it join.
    pub(crate) fn device(&self, person: &str) -> Device {
        let device = Device::start(self, person, tempfile::tempdir().unwrap());
        device.engine().join_blocking(self.link()).unwrap();
        device.synced();
        device
    }
}

pub(crate) struct Device {
    pub(crate) folder: TempDir,
    person: String,
    clock: Arc<ManualClock>,
    engine: Option<Engine>,
}

impl Device {
    pub(crate) fn start(world: &World, person: &str, folder: TempDir) -> Self {
        Self::open(world, person, folder, true)
    }

    pub(crate) fn open(world: &World, person: &str, folder: TempDir, online: bool) -> Self {
        let clock = world.clock.clone();
        let engine = open(folder.path(), person, clock.clone(), online);
        Self {
            folder,
            person: person.to_owned(),
            clock,
            engine: Some(engine),
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    pub(crate) fn board(&self) -> Arc<Board> {
        self.engine().board()
    }

    /// Ends the program and starts it again on the same folder.
    pub(crate) fn restart(&mut self) {
        self.start_again(true);
    }

    /// As [`Self::restart`], without connecting.
    pub(crate) fn start_offline(&mut self) {
        self.start_again(false);
    }

    fn start_again(&mut self, online: bool) {
        self.stop();
        let clock = self.clock.clone();
        self.engine = Some(open(self.folder.path(), &self.person, clock, online));
    }

    pub(crate) fn stop(&mut self) {
        self.engine = None;
    }

    /// Waits until relay and device are level.
    pub(crate) fn synced(&self) {
        assert!(
            self.engine().wait_synced_blocking(LIMIT),
            "not synced: {:?}",
            self.engine().status()
        );
    }

    /// Waits until a connection could not be made and returns why.
    pub(crate) fn until_offline(&self) -> String {
        let (wake, woken) = sync_channel::<()>(1);
        // A full channel wakes as well.
        let wake = move || wake.try_send(()).unwrap_or(());
        self.engine().on_publish(Arc::new(wake));
        loop {
            if let LinkState::Offline { reason, .. } = &self.engine().status().link {
                return reason.to_string();
            }
            let has_news = woken.recv_timeout(LIMIT);
            assert!(has_news.is_ok(), "{:?}", self.engine().status());
        }
    }

    pub(crate) fn run(&self, command: Command) {
        self.engine().execute_blocking(vec![command]).unwrap();
    }

    pub(crate) fn new_action(&self, title: &str) -> RecordId {
        let id = self.engine().new_record_id().unwrap();
        self.run(Command::create(
            id,
            vec![ActionField::Title(title.to_owned())],
        ));
        id
    }

    pub(crate) fn rename_action(&self, id: RecordId, title: &str) {
        self.run(Command::edit(
            id,
            vec![ActionField::Title(title.to_owned())],
        ));
    }

    pub(crate) fn title(&self, id: RecordId) -> Option<String> {
        self.board()
            .actions
            .get(&id)
            .map(|action| action.title.clone())
    }

    /// Returns document, content hash for every document.
    pub(crate) fn content(&self) -> Vec<(DocumentId, ContentHash)> {
        let prints = self.engine().fingerprints_blocking().unwrap();
        prints
            .into_iter()
            .map(|print| (print.document, print.content_hash))
            .collect()
    }
}

fn open(folder: &Path, person: &str, clock: Arc<ManualClock>, online: bool) -> Engine {
    let config = Config {
        data_folder: folder.to_owned(),
        person: person.to_owned(),
        device: "test".to_owned(),
        clock,
        zone: Zone::Utc,
        online,
    };
    Engine::open(config).unwrap()
}

/// Waits until all devices are level with the relay and hold the same.
///
/// A device may be level before it has heard of what the relay has just taken in from another; whatever it then
/// hears, it publishes, and that is what is waited for.
pub(crate) fn all_level(devices: &[&Device]) {
    let (wake, woken) = sync_channel::<()>(1);
    for device in devices {
        let wake = wake.clone();
        // A full channel wakes as well.
        device.engine().on_publish(Arc::new(move || {
            wake.try_send(()).ok();
        }));
    }
    loop {
        for device in devices {
            device.synced();
        }
        let now: Vec<_> = devices.iter().map(|device| device.content()).collect();
        if now.windows(2).all(|pair| pair[0] == pair[1]) {
            // What came after a device was level is shown, and perhaps not yet on its disk.
            for device in devices {
                device.synced();
            }
            return;
        }
        let has_news = woken.recv_timeout(LIMIT);
        assert!(has_news.is_ok(), "the devices do not agree: {now:#?}");
    }
}
