//! What the relay is told, from all places: flags, then `ADJUTANT_...` variables, then a file, then defaults.
//!
//! Flags and variables come together from `arguments`. The rule: a name that is not known, a value out of bounds or a
//! file that cannot be read is said in one sentence before anything starts.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use adjutant_base::RelayAddress;
use serde::{Deserialize, Serialize};

use crate::arguments::ServeArguments;
use crate::config::{Protection, RelayConfig, RelayLimits};

/// Largest configuration file, in bytes.
const FILE_BYTES: u64 = 64 << 10;
const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 8440);
const LOG: &str = "warn,adjutant_relay=info";

/// How to log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Everything that can be set, each with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Settings {
    data: PathBuf,
    listen: SocketAddr,
    self_signed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_key: Option<PathBuf>,
    behind_proxy: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    advertise: Option<String>,
    open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<SocketAddr>,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
    limits: RelayLimits,
}

/// What a configuration file may say.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    self_signed: Option<bool>,
    certificate: Option<PathBuf>,
    certificate_key: Option<PathBuf>,
    behind_proxy: Option<bool>,
    advertise: Option<String>,
    open: Option<bool>,
    metrics: Option<SocketAddr>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    limits: RelayLimits,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("cannot read the configuration file {path}")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the configuration file {path} has more than {FILE_BYTES} bytes")]
    TooLarge { path: PathBuf },
    #[error("the configuration file {path} is not understood: {words}")]
    Form { path: PathBuf, words: String },
    #[error(
        "no data folder is given: use --data, ADJUTANT_DATA, or \"data\" in a configuration file"
    )]
    NoData,
    #[error(
        "say one way in which connections are protected: self_signed, behind_proxy, or certificate and certificate_key together"
    )]
    Protection,
    #[error("advertise is {0:?}, but must be a name or an address with a port")]
    Advertise(String),
    #[error("say with advertise under which name or address and port devices reach the proxy")]
    NoAdvertise,
    #[error("limits.{name} is {value}, but must be between {least} and {most}")]
    Bounds {
        name: &'static str,
        value: u128,
        least: u128,
        most: u128,
    },
    #[error("limits.ping_ms must be less than limits.dead_ms, or every silent peer counts as dead")]
    Ping,
    #[error("limits.in_flight_bytes must not be less than limits.message_bytes")]
    InFlight,
}

impl Settings {
    /// Puts together what flags and variables say, what the file says that they name, and the defaults.
    pub(crate) fn gather(arguments: &ServeArguments) -> Result<Self, SettingsError> {
        let file = match &arguments.config {
            Some(path) => read(path)?,
            None => File::default(),
        };
        let said = arguments.clone();
        let settings = Self {
            data: said.data.or(file.data).ok_or(SettingsError::NoData)?,
            listen: said.listen.or(file.listen).unwrap_or(LISTEN.into()),
            self_signed: said.self_signed.or(file.self_signed).unwrap_or(false),
            certificate: said.certificate.or(file.certificate),
            certificate_key: said.certificate_key.or(file.certificate_key),
            behind_proxy: said.behind_proxy.or(file.behind_proxy).unwrap_or(false),
            advertise: said.advertise.or(file.advertise),
            open: said.open.or(file.open).unwrap_or(false),
            metrics: said.metrics.or(file.metrics),
            log: said.log.or(file.log).unwrap_or_else(|| LOG.to_owned()),
            log_format: said.log_format.or(file.log_format).unwrap_or_default(),
            limits: file.limits,
        };
        check(&settings.limits)?;
        settings.config()?;
        Ok(settings)
    }

    /// Returns what a relay needs of it.
    pub(crate) fn config(&self) -> Result<RelayConfig, SettingsError> {
        Ok(RelayConfig {
            protection: self.protection()?,
            advertise: self.advertise()?,
            is_open: self.open,
            metrics: self.metrics,
            limits: self.limits,
            ..RelayConfig::new(&self.data, self.listen)
        })
    }

    fn protection(&self) -> Result<Protection, SettingsError> {
        let files = (&self.certificate, &self.certificate_key);
        match (self.self_signed, self.behind_proxy, files) {
            (false, false, (None, None)) => Ok(Protection::Loopback),
            (true, false, (None, None)) => Ok(Protection::SelfSigned),
            (false, true, (None, None)) if self.advertise.is_none() => {
                Err(SettingsError::NoAdvertise)
            }
            (false, true, (None, None)) => Ok(Protection::Proxy),
            (false, false, (Some(certificate), Some(key))) => Ok(Protection::Files {
                certificate: certificate.clone(),
                key: key.clone(),
            }),
            _ => Err(SettingsError::Protection),
        }
    }

    fn advertise(&self) -> Result<Option<RelayAddress>, SettingsError> {
        let Some(text) = &self.advertise else {
            return Ok(None);
        };
        let address = text.parse();
        let address = address.map_err(|_odd| SettingsError::Advertise(text.clone()))?;
        Ok(Some(address))
    }
}

fn read(path: &Path) -> Result<File, SettingsError> {
    let fail = |source| SettingsError::Read {
        path: path.to_path_buf(),
        source,
    };
    if path.metadata().map_err(fail)?.len() > FILE_BYTES {
        let path = path.to_path_buf();
        return Err(SettingsError::TooLarge { path });
    }
    let text = std::fs::read_to_string(path).map_err(fail)?;
    toml::from_str(&text).map_err(|error| SettingsError::Form {
        path: path.to_path_buf(),
        // Its own text is a drawing of several lines.
        words: error.message().replace('\n', " "),
    })
}

fn check(limits: &RelayLimits) -> Result<(), SettingsError> {
    let millis = |duration: std::time::Duration| duration.as_millis();
    let count = |number: usize| number as u128;
    // Permits, frame lengths and counters have 32 bits.
    let bytes = 4_096..=u128::from(u32::MAX);
    let some = 1..=1_000_000;
    let time = 1..=24 * 60 * 60 * 1_000;
    let rate = 1..=u128::from(u32::MAX);
    let rows = [
        ("connections", count(limits.connections), &some),
        (
            "connections_per_device",
            count(limits.connections_per_device),
            &some,
        ),
        (
            "unauthenticated_per_address",
            count(limits.unauthenticated_per_address),
            &some,
        ),
        (
            "documents_per_connection",
            count(limits.documents_per_connection),
            &some,
        ),
        ("message_bytes", count(limits.message_bytes), &bytes),
        ("in_flight_bytes", count(limits.in_flight_bytes), &bytes),
        ("outbound_frames", count(limits.outbound_frames), &some),
        ("outbound_bytes", count(limits.outbound_bytes), &bytes),
        ("handshake_ms", millis(limits.handshake), &time),
        ("ping_ms", millis(limits.ping), &time),
        ("dead_ms", millis(limits.dead), &time),
        ("drain_ms", millis(limits.drain), &time),
        (
            "connection_rate.messages_per_s",
            limits.connection_rate.messages_per_s.into(),
            &rate,
        ),
        (
            "connection_rate.bytes_per_s",
            limits.connection_rate.bytes_per_s.into(),
            &rate,
        ),
        (
            "device_rate.messages_per_s",
            limits.device_rate.messages_per_s.into(),
            &rate,
        ),
        (
            "device_rate.bytes_per_s",
            limits.device_rate.bytes_per_s.into(),
            &rate,
        ),
    ];
    for (name, value, bounds) in rows {
        if !bounds.contains(&value) {
            return Err(SettingsError::Bounds {
                name,
                value,
                least: *bounds.start(),
                most: *bounds.end(),
            });
        }
    }
    if limits.ping >= limits.dead {
        return Err(SettingsError::Ping);
    }
    if limits.in_flight_bytes < limits.message_bytes {
        return Err(SettingsError::InFlight);
    }
    Ok(())
}

/// Durations as whole milliseconds, for `serde(with)`.
pub(crate) mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(file: &str, arguments: ServeArguments) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relay.toml");
        std::fs::write(&path, file).unwrap();
        Settings::gather(&ServeArguments {
            config: Some(path),
            ..arguments
        })
    }

    #[test]
    fn flags_count_before_the_file_and_the_file_before_defaults() {
        let file =
            "data = \"from-file\"\nlisten = \"127.0.0.1:1\"\nopen = true\n[limits]\nping_ms = 5";
        let flags = ServeArguments {
            listen: Some(([127, 0, 0, 1], 2).into()),
            open: Some(false),
            ..ServeArguments::default()
        };
        let settings = gather(file, flags).unwrap();
        assert_eq!(settings.data, Path::new("from-file"));
        assert_eq!(settings.listen.port(), 2);
        assert!(!settings.open);
        assert_eq!(settings.limits.ping.as_millis(), 5);
        assert_eq!(settings.limits.dead, RelayLimits::default().dead);
        assert_eq!(settings.log, LOG);
    }

    #[test]
    fn what_is_printed_is_read_back_the_same() {
        let file = "data = \"x\"\ncertificate = \"a\"\ncertificate_key = \"b\"\nadvertise = \"relay:1\"\nmetrics = \"127.0.0.1:9\"\nlog_format = \"json\"\n[limits]\nconnections = 7";
        let settings = gather(file, ServeArguments::default()).unwrap();
        let printed = toml::to_string(&settings).unwrap();
        assert_eq!(
            gather(&printed, ServeArguments::default()).unwrap(),
            settings
        );
        for name in ["listen", "drain_ms", "connection_rate", "allowance_ms"] {
            assert!(printed.contains(name), "{printed}");
        }
    }

    #[test]
    fn mistakes_are_said_in_one_line() {
        for (file, words) in [
            ("data = \"x\"\nlisten = 5", "listen"),
            ("data = \"x\"\nlissten = \"127.0.0.1:1\"", "lissten"),
            ("data = \"x\"\n[limits]\nconections = 5", "conections"),
            (
                "data = \"x\"\n[limits]\nconnections = 0",
                "limits.connections is 0",
            ),
            (
                "data = \"x\"\n[limits]\nmessage_bytes = 5000000000",
                "message_bytes",
            ),
            ("data = \"x\"\n[limits]\nping_ms = 70000", "ping_ms"),
            (
                "data = \"x\"\n[limits]\nin_flight_bytes = 5000",
                "in_flight_bytes",
            ),
            (
                "data = \"x\"\n[limits.device_rate]\nmessages_per_s = 5",
                "device_rate",
            ),
            (
                "data = \"x\"\nself_signed = true\nbehind_proxy = true",
                "one way",
            ),
            ("data = \"x\"\ncertificate = \"a\"", "together"),
            ("data = \"x\"\nbehind_proxy = true", "advertise"),
            ("data = \"x\"\nadvertise = \"relay\"", "with a port"),
            ("data = ", "not understood"),
            ("", "--data"),
        ] {
            let error = gather(file, ServeArguments::default()).unwrap_err();
            let said = adjutant_base::error::chain(&error);
            assert!(!said.contains('\n'), "{said}");
            let has_words = said.contains(words) || said.contains("not understood");
            assert!(has_words, "{file:?}: {said:?} does not say {words:?}");
        }
        let missing = Settings::gather(&ServeArguments {
            config: Some("/no/such/file.toml".into()),
            ..ServeArguments::default()
        });
        assert!(matches!(missing, Err(SettingsError::Read { .. })));
    }
}
