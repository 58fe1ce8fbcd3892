//! How connections are protected: whose certificate the relay shows, and how it comes by a new one.
//!
//! Three ways: a certificate of the company's in files, which are read again when they change; one that the relay signs
//! itself at its first start, whose key the join link names; or none, because connections do not leave the machine or
//! end at a proxy. The rule: connections that are open go on with the certificate that they began with, and one that
//! cannot be used never replaces one that can.

use std::io::Error as IoError;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use adjutant_base::{KeyFingerprint, Security};
use adjutant_store::private;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use sha2::{Digest as _, Sha256};

use crate::config::Protection;

/// The file in the data folder that holds a certificate signed by the relay itself, and its key.
pub(crate) const FILE: &str = "relay.pem";
/// What the certificate of that file is made out to. Nobody goes by it: devices go by the key.
const NAME: &str = "adjutant-relay";

/// Why connections cannot be protected as they should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file of the certificate or its key cannot be read.
    #[error("cannot read {path} as PEM")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: pem::Error,
    },
    /// The relay's own certificate cannot be kept.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: IoError,
    },
    /// The relay's own certificate cannot be made.
    #[error("cannot make a certificate")]
    Make(#[source] rcgen::Error),
    /// There is no certificate in the file.
    #[error("{path} holds no certificate")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key are of no use together.
    #[error("the certificate in {path} cannot be used with its key")]
    Use {
        /// The certificate's file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rustls::Error,
    },
}

/// What the relay shows to whoever connects.
#[derive(Debug)]
pub(crate) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    is_self_signed: bool,
    shown: Arc<Shown>,
}

/// The certificate that the next connection gets.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.get())
    }
}

impl Shown {
    fn get(&self) -> Arc<CertifiedKey> {
        // Only whole values are put in, so a panic elsewhere leaves one.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tls {
    /// Reads the certificate that `protection` asks for, or makes it; `None` if it asks for none.
    pub(crate) fn open(protection: &Protection, folder: &Path) -> Result<Option<Self>, TlsError> {
        let (certificate, key, is_self_signed) = match protection {
            Protection::Loopback | Protection::Proxy => return Ok(None),
            Protection::Files { certificate, key } => (certificate.clone(), key.clone(), false),
            Protection::SelfSigned => {
                let path = folder.join(FILE);
                if !path.exists() {
                    make(&path)?;
                }
                (path.clone(), path, true)
            }
        };
        let shown = read(&certificate, &key)?;
        Ok(Some(Self {
            certificate,
            key,
            is_self_signed,
            shown: Arc::new(Shown(RwLock::new(Arc::new(shown)))),
        }))
    }

    /// Returns what a TLS connection is accepted with.
    pub(crate) fn server(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .map_err(|source| self.of_no_use(source))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.shown) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Returns what a join link says of the connection.
    pub(crate) fn security(&self) -> Result<Security, TlsError> {
        if !self.is_self_signed {
            return Ok(Security::Trusted);
        }
        let shown = self.shown.get();
        let certificate = shown.end_entity_cert();
        let parsed = certificate.and_then(ParsedCertificate::try_from);
        let parsed = parsed.map_err(|source| self.of_no_use(source))?;
        let digest = Sha256::digest(parsed.subject_public_key_info().as_ref());
        Ok(Security::Pinned(KeyFingerprint(digest.into())))
    }

    /// Reads the files again and shows what they hold from the next connection on; true if it is something new.
    pub(crate) fn reload_blocking(&self) -> Result<bool, TlsError> {
        let fresh = read(&self.certificate, &self.key)?;
        let mut shown = self.shown.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = shown.cert != fresh.cert;
        *shown = Arc::new(fresh);
        Ok(is_new)
    }

    fn of_no_use(&self, source: rustls::Error) -> TlsError {
        let path = self.certificate.clone();
        TlsError::Use { path, source }
    }
}

/// Makes a key and a certificate that it signs itself, and keeps both in one private file.
fn make(path: &Path) -> Result<(), TlsError> {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).map_err(TlsError::Make)?;
    let text = made.cert.pem() + &made.signing_key.serialize_pem();
    let folder = path.parent().unwrap_or(Path::new("."));
    private::make_folder(folder)
        .and_then(|()| private::write(path, text.as_bytes()))
        .map_err(|source| TlsError::Write {
            path: path.to_path_buf(),
            source,
        })
}

/// Copies a certificate signed by the relay itself from one data folder to another, if there is one.
pub(crate) fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    match std::fs::read(from.join(FILE)) {
        Ok(bytes) => private::write(&to.join(FILE), &bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let fail = |path: &Path| {
        let path = path.to_path_buf();
        move |source| TlsError::Read { path, source }
    };
    let chain = CertificateDer::pem_file_iter(certificate).map_err(fail(certificate))?;
    let chain: Result<Vec<_>, _> = chain.take(MOST_CERTIFICATES).collect();
    let chain = chain.map_err(fail(certificate))?;
    if chain.is_empty() {
        let path = certificate.to_path_buf();
        return Err(TlsError::Empty { path });
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(fail(key))?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|source| {
        let path = certificate.to_path_buf();
        TlsError::Use { path, source }
    })
}

/// Certificates of one chain.
const MOST_CERTIFICATES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Protection {
        Protection::Files {
            certificate: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        }
    }

    fn put(folder: &Path) {
        let made = rcgen::generate_simple_self_signed(["relay.example".to_owned()]).unwrap();
        std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    }

    #[test]
    fn a_certificate_of_its_own_is_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("new");
        let open = |folder: &Path| Tls::open(&Protection::SelfSigned, folder).unwrap().unwrap();
        let first = open(&data).security().unwrap();
        assert!(matches!(first, Security::Pinned(_)));
        assert_eq!(open(&data).security().unwrap(), first);
        assert_ne!(open(folder.path()).security().unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = data.join(FILE).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn files_are_read_again_and_bad_ones_replace_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        put(folder);
        let tls = Tls::open(&files(folder), folder).unwrap().unwrap();
        assert_eq!(tls.security().unwrap(), Security::Trusted);
        assert!(!tls.reload_blocking().unwrap());
        let before = tls.shown.get();
        put(folder);
        assert!(tls.reload_blocking().unwrap());
        let after = tls.shown.get();
        assert_ne!(before.cert, after.cert);
        let key = std::fs::read(folder.join("key.pem")).unwrap();
        put(folder);
        // The certificate has come and its key has not yet.
        std::fs::write(folder.join("key.pem"), key).unwrap();
        for bad in [
            "",
            "no PEM",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            tls.reload_blocking().unwrap_err();
            assert_eq!(tls.shown.get().cert, after.cert);
            std::fs::write(folder.join("certificate.pem"), bad).unwrap();
        }
        let missing = files(&folder.join("nowhere"));
        assert!(matches!(
            Tls::open(&missing, folder),
            Err(TlsError::Read { .. })
        ));
    }
}
