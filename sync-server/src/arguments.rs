//! The program's command line: what it can do and what may be said to it.
//!
//! Every flag of `serve` can also be given as an `ADJUTANT_...` variable or in a configuration file; which of them
//! counts is the matter of `settings`. No defaults here.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::settings::LogFormat;

/// The relay of a workspace: stores and forwards its changes.
#[derive(Debug, clap::Parser)]
#[command(name = "adjutant-relay", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the program can do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Serve the workspace until interrupted; the first line printed is the join link.
    Serve(ServeArguments),
    /// Look at the configuration that `serve` would use with the same flags, variables and file.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Copy the workspace to a new folder, also while a relay serves it, and verify the copy.
    Backup {
        /// Folder of the workspace.
        #[arg(long, env = "ADJUTANT_DATA")]
        data: PathBuf,
        /// Folder to make; it must not be there.
        #[arg(long)]
        to: PathBuf,
    },
    /// Verify a backup and put it into a folder that holds no workspace.
    Restore {
        /// Folder of the backup.
        #[arg(long)]
        from: PathBuf,
        /// Folder to serve from; made if it is not there.
        #[arg(long, env = "ADJUTANT_DATA")]
        data: PathBuf,
    },
    /// Compare everything stored in a folder with its digests; a relay may go on serving it.
    Verify {
        /// Folder of the workspace, or of a backup.
        #[arg(long, env = "ADJUTANT_DATA")]
        data: PathBuf,
    },
    /// List the documents in a folder: how many changes, how large, how old; nothing of what they say.
    Inspect {
        /// Folder of the workspace, or of a backup.
        #[arg(long, env = "ADJUTANT_DATA")]
        data: PathBuf,
    },
}

/// What can be done with a configuration.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say what is wrong with it, if anything.
    Check(ServeArguments),
    /// Print all of it, as a configuration file.
    Print(ServeArguments),
}

/// Where and how to serve.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ServeArguments {
    /// Configuration file (TOML); `config print` prints one. Flags and variables count before it.
    #[arg(long, env = "ADJUTANT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Address and port to listen on (default 127.0.0.1:8440); port 0 takes a free one. Addresses that others can
    /// reach need one of the next three.
    #[arg(long, env = "ADJUTANT_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// Speak TLS with a certificate that the relay makes itself and whose key the join link names.
    #[arg(long, env = "ADJUTANT_SELF_SIGNED", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) self_signed: Option<bool>,
    /// Speak TLS with the certificate in this PEM file, which is read again when it changes.
    #[arg(long, env = "ADJUTANT_CERTIFICATE")]
    pub(crate) certificate: Option<PathBuf>,
    /// PEM file of the certificate's key.
    #[arg(long, env = "ADJUTANT_CERTIFICATE_KEY")]
    pub(crate) certificate_key: Option<PathBuf>,
    /// Speak no TLS because a proxy does, and nobody but the proxy can reach the relay.
    #[arg(long, env = "ADJUTANT_BEHIND_PROXY", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) behind_proxy: Option<bool>,
    /// Name or address, and port, under which devices reach the relay; goes into the join link (default: as listened
    /// on).
    #[arg(long, env = "ADJUTANT_ADVERTISE", value_name = "HOST:PORT")]
    pub(crate) advertise: Option<String>,
    /// Folder that holds the workspace's changes and secret; made if it is not there.
    #[arg(long, env = "ADJUTANT_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Let everybody in without a secret and take documents of any compartment.
    #[arg(long, env = "ADJUTANT_OPEN", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) open: Option<bool>,
    /// Address of this machine on which to tell numbers to Prometheus, at /metrics (default: none).
    #[arg(long, env = "ADJUTANT_METRICS")]
    pub(crate) metrics: Option<SocketAddr>,
    /// What to log, as in `info` or `adjutant_relay=debug` (default `warn,adjutant_relay=info`).
    #[arg(long, env = "ADJUTANT_LOG")]
    pub(crate) log: Option<String>,
    /// How to log to standard error.
    #[arg(long, env = "ADJUTANT_LOG_FORMAT", value_enum)]
    pub(crate) log_format: Option<LogFormat>,
}
