//! Whom a device takes for its relay: the holder of the key that the join link names, or whoever the operating system
//! vouches for.
//!
//! Plain connections are for this machine only, which join links see to. The rule: a relay that shows another key gets
//! nothing from this device, not even the secret.

use std::sync::Arc;

use adjutant_base::{KeyFingerprint, Security};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    version,
};
use sha2::{Digest as _, Sha256};
use tokio_tungstenite::Connector;

/// The relay has another key than the join link says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the relay's key is not the one in the join link; somebody may stand in between, or the relay was set up anew: get a new link"
)]
pub(crate) struct OtherKey;

/// Returns what a connection is made with.
///
/// # Errors
/// In words for people, if TLS cannot be used on this machine.
pub(crate) fn connector(security: Security) -> Result<Connector, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .map_err(|error| error.to_string())?;
    let mut config = match security {
        Security::Plain => return Ok(Connector::Plain),
        Security::Trusted => builder
            .with_root_certificates(trusted()?)
            .with_no_client_auth(),
        Security::Pinned(fingerprint) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned {
                fingerprint,
                provider,
            }))
            .with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Connector::Rustls(Arc::new(config)))
}

/// Returns whom the operating system trusts.
fn trusted() -> Result<RootCertStore, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Some of the many may be too old to be read; without any there is nobody to trust.
    let (n_added, _unreadable) = roots.add_parsable_certificates(found.certs);
    if n_added > 0 {
        return Ok(roots);
    }
    let cause = found.errors.first().map(|error| format!(": {error}"));
    Err(format!(
        "this system names no authority that it trusts{}",
        cause.unwrap_or_default()
    ))
}

/// Says in words why the relay's certificate was not accepted; `None` if the error is about something else.
pub(crate) fn refusal(error: &std::io::Error) -> Option<Refusal> {
    let Error::InvalidCertificate(cause) = error.get_ref()?.downcast_ref::<Error>()? else {
        return None;
    };
    if let CertificateError::Other(other) = cause
        && other.0.is::<OtherKey>()
    {
        return Some(Refusal::OtherKey);
    }
    Some(Refusal::Untrusted(format!(
        "this system does not accept the relay's certificate: {cause}"
    )))
}

/// Why the relay's certificate was not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It holds another key than the join link says.
    OtherKey,
    /// The operating system does not vouch for it, for this reason; that may change.
    Untrusted(String),
}

/// Accepts one key, whatever else the certificate around it says.
#[derive(Debug)]
struct Pinned {
    fingerprint: KeyFingerprint,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let parsed = ParsedCertificate::try_from(end_entity)?;
        let digest = Sha256::digest(parsed.subject_public_key_info().as_ref());
        if KeyFingerprint(digest.into()) == self.fingerprint {
            return Ok(ServerCertVerified::assertion());
        }
        let other = rustls::OtherError(Arc::new(OtherKey));
        Err(Error::InvalidCertificate(CertificateError::Other(other)))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
