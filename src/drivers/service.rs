//! Services that a site's machines need once they run: whether they answer.

use super::maas::TrustBundle;
use crate::api::next_service::NextService;
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};

/// How long a service has for its answer, where the design does not say.
const DEADLINE: Duration = Duration::from_secs(10);
/// The longest that one may have.
const LONGEST: Duration = Duration::from_mins(2);

/// Asks a service once. Gives back what it said, or why that will not do.
pub async fn ask(service: &NextService, trust: Option<&TrustBundle>) -> Result<String, String> {
    let deadline = service.timeout.map_or(DEADLINE, |timeout| timeout.0).min(LONGEST);
    let asked = async {
        match (&service.http, &service.tcp) {
            (Some(http), _) => {
                let client = client(trust, deadline)?;
                let answer = client.get(&http.url).send().await.map_err(|error| {
                    // The URL is in the design; what lies beneath the error says more.
                    let cause = causes(&error.without_url());
                    format!("{} does not answer: {cause}", http.url)
                })?;
                let status = answer.status().as_u16();
                let wanted = http.status.and_then(|status| u16::try_from(status).ok());
                match wanted {
                    Some(wanted) if wanted != status => {
                        Err(format!("{} answers {status}, and {wanted} is expected", http.url))
                    }
                    None if status >= 400 => {
                        Err(format!("{} answers {status}, and a status below 400 is expected", http.url))
                    }
                    _ => Ok(format!("{} answers {status}", http.url)),
                }
            }
            (None, Some(tcp)) => {
                let port = u16::try_from(tcp.port).unwrap_or_default();
                let connected = TcpStream::connect((tcp.host.as_str(), port)).await;
                let place = format!("{}:{port}", tcp.host);
                connected
                    .map(|_| format!("{place} accepts connections"))
                    .map_err(|error| format!("{place} accepts no connection: {error}"))
            }
            (None, None) => Err("it says neither http nor tcp".to_owned()),
        }
    };
    timeout(deadline, asked).await.unwrap_or_else(|_| Err(format!("no answer within {} s", deadline.as_secs())))
}

fn client(trust: Option<&TrustBundle>, deadline: Duration) -> Result<reqwest::Client, String> {
    let certificates = trust.map(TrustBundle::certificates).transpose().map_err(|error| error.to_string())?;
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(deadline)
        .no_proxy()
        .tls_certs_merge(certificates.unwrap_or_default())
        .build()
        .map_err(|error| causes(&error))
}

/// An error with what lies beneath it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::next_service::{HttpService, TcpService};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    #[tokio::test]
    async fn services_answer_or_say_why_not() {
        rustls::crypto::ring::default_provider().install_default().ok();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut buffer = [0; 1024];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").await;
            }
        });
        let http = |status| NextService {
            http: Some(HttpService { url: format!("http://127.0.0.1:{port}/v2/"), status }),
            ..NextService::default()
        };
        assert!(ask(&http(Some(401)), None).await.is_ok());
        assert!(ask(&http(None), None).await.unwrap_err().contains("answers 401, and a status below 400 is expected"));
        assert!(ask(&http(Some(200)), None).await.unwrap_err().contains("answers 401, and 200 is expected"));
        let tcp = |port: u16| NextService {
            tcp: Some(TcpService { host: "127.0.0.1".into(), port: port.into() }),
            ..NextService::default()
        };
        assert!(ask(&tcp(port), None).await.is_ok());
        assert!(ask(&tcp(1), None).await.unwrap_err().contains("accepts no connection"));
    }
}
