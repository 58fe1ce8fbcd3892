//! Connections under TLS: whose certificate is shown, and that nobody notices when it changes.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use adjutant_base::Security;
use adjutant_relay::{Protection, Relay, RelayConfig, Running, StartError};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::{Connector, MaybeTlsStream};

use crate::it::device::{Device, Socket, dial_over, document, within};
use crate::it::program::{Process, check_fails, serve, terminate};

const ANY_PORT: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// Puts a new certificate and its key into the folder and returns the certificate.
fn renew(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
    CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap()
}

/// Returns what dials relays that show one of these.
fn trusting(certificates: &[&CertificateDer<'static>]) -> Connector {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add((*certificate).clone()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Connector::Rustls(Arc::new(config))
}

fn shown(socket: &Socket) -> CertificateDer<'static> {
    let MaybeTlsStream::Rustls(stream) = socket.get_ref() else {
        panic!("no TLS");
    };
    stream.get_ref().1.peer_certificates().unwrap()[0]
        .clone()
        .into_owned()
}

async fn relay_of_a_company(folder: &Path) -> Running {
    let config = RelayConfig {
        protection: Protection::Files {
            certificate: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        },
        ..RelayConfig::new(folder.join("data"), ANY_PORT.into())
    };
    Relay::start(config).await.unwrap()
}

#[tokio::test]
async fn a_new_certificate_is_shown_to_new_connections_and_old_ones_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = renew(folder.path());
    let relay = relay_of_a_company(folder.path()).await;
    let link = relay.join_link();
    assert_eq!(link.security, Security::Trusted);
    assert!(!relay.reload_certificate().await.unwrap());
    let second = renew(folder.path());
    // Made anew for each connection: one that is resumed is shown no certificate.
    let connector = || trusting(&[&first, &second]);
    let id = document(&link, 1);

    let mut anna = Device::join_over(&link, "anna", connector()).await;
    assert_eq!(
        shown(&anna.socket),
        first,
        "it is read when it is told to be"
    );
    anna.put(id, "before", 1);
    anna.push(id).await;
    assert!(relay.reload_certificate().await.unwrap());
    let mut bert = Device::join_over(&link, "bert", connector()).await;
    assert_eq!(shown(&bert.socket), second);
    anna.put(id, "after", 1);
    anna.push(id).await;
    bert.pull(id, 2).await;

    std::fs::write(folder.path().join("certificate.pem"), "no certificate").unwrap();
    relay.reload_certificate().await.unwrap_err();
    let cleo = Device::join_over(&link, "cleo", connector()).await;
    assert_eq!(shown(&cleo.socket), second);
    within(relay.shutdown()).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_running_program_reads_the_certificate_again_when_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let first = renew(folder.path());
    let mut command = serve(&folder.path().join("data"), "127.0.0.1:0");
    command
        .arg("--certificate")
        .arg(folder.path().join("certificate.pem"));
    command
        .arg("--certificate-key")
        .arg(folder.path().join("key.pem"));
    let process = Process::spawn(&mut command);
    let link = process.link.clone();
    let second = renew(folder.path());
    // Made anew for each connection: one that is resumed is shown no certificate.
    let connector = || trusting(&[&first, &second]);
    let mut anna = Device::join_over(&link, "anna", connector()).await;
    let id = process.child.id().to_string();
    let status = Command::new("kill").args(["-HUP", &id]).status().unwrap();
    assert!(status.success());
    let asking = async {
        while shown(&dial_over(&link, connector()).await.unwrap()) != second {
            tokio::task::yield_now().await;
        }
    };
    within(asking).await;
    let id = document(&link, 1);
    anna.put(id, "a", 1);
    anna.push(id).await;
    drop(anna);
    terminate(process);
}

#[tokio::test]
async fn who_does_not_speak_tls_to_a_relay_that_does_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = renew(folder.path());
    let relay = relay_of_a_company(folder.path()).await;
    let link = relay.join_link();
    for odd in [
        &b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..],
        &[0x16, 3, 1, 0xFF, 0xFF],
        &[0; 5_000],
    ] {
        let mut socket = TcpStream::connect(relay.address()).await.unwrap();
        socket.write_all(odd).await.ok();
        socket.shutdown().await.ok();
        let mut answer = Vec::new();
        let reading = tokio::io::AsyncReadExt::read_to_end(&mut socket, &mut answer);
        within(reading).await.ok();
        assert!(!answer.starts_with(b"HTTP"));
    }
    // Somebody who is in the middle of saying hello holds nobody up.
    let mut slow = TcpStream::connect(relay.address()).await.unwrap();
    slow.write_all(&[0x16, 3, 1]).await.unwrap();
    let id = document(&link, 1);
    let mut anna = Device::join_over(&link, "anna", trusting(&[&certificate])).await;
    anna.put(id, "a", 1);
    anna.push(id).await;
    // Whom nobody vouches for is not believed.
    dial_over(&link, trusting(&[&renew(folder.path())]))
        .await
        .unwrap_err();
}

#[tokio::test]
async fn the_link_names_the_key_of_a_certificate_that_the_relay_made() {
    let folder = tempfile::tempdir().unwrap();
    let config = RelayConfig {
        protection: Protection::SelfSigned,
        advertise: Some("relay.example.org:8440".parse().unwrap()),
        ..RelayConfig::new(folder.path(), ANY_PORT.into())
    };
    let relay = Relay::start(config.clone()).await.unwrap();
    let link = relay.join_link();
    let text = link.to_string();
    assert!(
        text.starts_with("adjutants://relay.example.org:8440/"),
        "{text}"
    );
    assert!(matches!(link.security, Security::Pinned(_)), "{text}");
    relay.shutdown().await.unwrap();
    let relay = Relay::start(config).await.unwrap();
    assert_eq!(relay.join_link(), link, "the link stays good");
}

#[tokio::test]
async fn nothing_leaves_the_machine_unprotected() {
    let folder = tempfile::tempdir().unwrap();
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let config = RelayConfig::new(folder.path(), everywhere);
    let refused = Relay::start(config.clone()).await.unwrap_err();
    assert!(matches!(refused, StartError::Unprotected(_)), "{refused}");
    // A link to "everywhere" would lead nowhere.
    let signed = RelayConfig {
        protection: Protection::SelfSigned,
        ..config.clone()
    };
    let refused = Relay::start(signed).await.unwrap_err();
    assert!(matches!(refused, StartError::NoPlace(_)), "{refused}");
    let open = RelayConfig {
        is_open: true,
        protection: Protection::SelfSigned,
        ..config
    };
    let refused = Relay::start(open).await.unwrap_err();
    assert!(matches!(refused, StartError::OpenToAll(_)), "{refused}");
    let numbers = RelayConfig {
        metrics: Some(everywhere),
        ..RelayConfig::new(folder.path(), ANY_PORT.into())
    };
    let refused = Relay::start(numbers).await.unwrap_err();
    assert!(
        matches!(refused, StartError::NumbersElsewhere(_)),
        "{refused}"
    );
    // Behind a proxy the link speaks of the proxy.
    let behind = RelayConfig {
        protection: Protection::Proxy,
        advertise: Some("relay.example.org:443".parse().unwrap()),
        ..RelayConfig::new(folder.path(), ANY_PORT.into())
    };
    let link = Relay::start(behind).await.unwrap().join_link();
    assert_eq!(link.security, Security::Trusted);
    assert_eq!(link.address.to_string(), "relay.example.org:443");
}

#[test]
fn a_certificate_that_cannot_be_used_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    renew(folder.path());
    let key = std::fs::read(folder.path().join("key.pem")).unwrap();
    renew(folder.path());
    std::fs::write(folder.path().join("key.pem"), key).unwrap();
    let mut command = serve(&folder.path().join("data"), "127.0.0.1:0");
    command
        .arg("--certificate")
        .arg(folder.path().join("certificate.pem"));
    command
        .arg("--certificate-key")
        .arg(folder.path().join("key.pem"));
    check_fails(command, &["certificate.pem", "key"]);
}
