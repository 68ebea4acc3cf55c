//! Links of the service: paths that stay on this BMC.

use std::net::IpAddr;

/// Longest link that is followed.
const LONGEST: usize = 1024;

/// The path that a link leads to on this BMC; nothing where it leads elsewhere or cannot be sent.
///
/// A BMC may give whole URLs in its own address, which behind a translation is not the one that is dialled: `own` holds
/// the names that are its.
pub(super) fn local(link: &str, own: &[String]) -> Option<String> {
    let path = match link.split_once("://") {
        None => link,
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http") => {
            let (authority, _) = rest.split_once('/')?;
            let host = host(authority)?;
            if !own.iter().any(|name| name.eq_ignore_ascii_case(host)) {
                return None;
            }
            &rest[authority.len()..]
        }
        Some(_) => return None,
    };
    // A fragment points into the document (Redfish DSP0266 section 7.7.1): the document is what is asked for.
    let path = path.split('#').next().unwrap_or_default();
    let clean = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>');
    let fine = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= LONGEST
        && path.bytes().all(clean)
        && !path.split(['/', '?']).any(|piece| matches!(piece, "." | ".."));
    fine.then(|| path.to_owned())
}

/// Host of an authority, without user, port and brackets.
fn host(authority: &str) -> Option<&str> {
    if authority.contains('@') {
        return None;
    }
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => authority.split(':').next(),
    }
}

/// The names of a BMC that is dialled at an address, and that a certificate may call otherwise.
pub(super) fn own_names(address: IpAddr, name: Option<&str>) -> Vec<String> {
    std::iter::once(address.to_string()).chain(name.map(str::to_owned)).collect()
}

/// The last piece of a path: a resource's id.
pub(super) fn last(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// A path beneath another.
pub(super) fn below(path: &str, name: &str) -> String {
    format!("{}/{name}", path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_links_to_the_bmc_itself_are_followed() {
        let own = own_names("10.0.0.5".parse().unwrap(), Some("bmc1"));
        let local = |link: &str| local(link, &own);
        assert_eq!(local("/redfish/v1/Systems/1").as_deref(), Some("/redfish/v1/Systems/1"));
        assert_eq!(local("/redfish/v1/Chassis/1/Power#/Voltages/0").as_deref(), Some("/redfish/v1/Chassis/1/Power"));
        assert_eq!(local("https://10.0.0.5:443/redfish/v1/?$skip=1").as_deref(), Some("/redfish/v1/?$skip=1"));
        assert_eq!(local("https://BMC1/x").as_deref(), Some("/x"));
        for foreign in [
            "https://10.0.0.6/redfish/v1/",
            "https://10.0.0.5@evil/x",
            "https://10.0.0.5",
            "//evil/x",
            "ftp://10.0.0.5/x",
            "redfish/v1",
            "",
            "/a b",
            "/a\r\nX: y",
            "/../x",
            "/é",
        ] {
            assert_eq!(local(foreign), None, "{foreign}");
        }
        assert_eq!((last("/redfish/v1/Systems/1/"), last("")), ("1", ""));
    }

    proptest! {
        #[test]
        fn any_link_is_a_plain_path_or_nothing(link in "(https?://)?[a-z0-9:@\\[\\].]{0,9}[/#?. %\\\\a-zé\u{0}-\u{20}]{0,30}") {
            if let Some(path) = local(&link, &own_names("::1".parse().unwrap(), None)) {
                prop_assert!(path.starts_with('/') && !path.contains(['#', ' ', '\n', '\r']));
            }
        }
    }
}
