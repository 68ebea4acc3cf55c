//! Packets: RMCP, the session headers of IPMI 1.5 and 2.0, and the IPMB messages inside.

const RMCP_IPMI: [u8; 4] = [0x06, 0x00, 0xff, 0x07];
const RMCP_ASF: [u8; 4] = [0x06, 0x00, 0xff, 0x06];
const ASF_IANA: [u8; 4] = [0x00, 0x00, 0x11, 0xbe];

/// A packet as it came in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// An ASF presence ping with its tag.
    Ping(u8),
    /// IPMI 1.5 framing without authentication: only what comes before a login.
    Plain15(&'a [u8]),
    /// IPMI 2.0 framing outside a session: payload type and payload.
    Outside(u8, &'a [u8]),
    /// IPMI 2.0 framing in a session.
    Inside { session: u32, sequence: u32, payload_type: u8, payload: &'a [u8], trailer: &'a [u8] },
}

/// Takes a packet apart; anything odd is `None` and gets no answer.
pub(crate) fn parse(bytes: &[u8]) -> Option<Packet<'_>> {
    let (rmcp, rest) = bytes.split_first_chunk::<4>()?;
    if *rmcp == RMCP_ASF {
        let (iana, rest) = rest.split_first_chunk::<4>()?;
        return (*iana == ASF_IANA && rest.first() == Some(&0x80)).then(|| rest.get(1).copied().map(Packet::Ping))?;
    }
    if *rmcp != RMCP_IPMI {
        return None;
    }
    match rest.first()? {
        0x00 => {
            let length = usize::from(*rest.get(9)?);
            Some(Packet::Plain15(rest.get(10..10 + length)?))
        }
        0x06 => {
            let payload_type = *rest.get(1)?;
            let session = u32::from_le_bytes(rest.get(2..6)?.try_into().ok()?);
            let sequence = u32::from_le_bytes(rest.get(6..10)?.try_into().ok()?);
            let length = usize::from(u16::from_le_bytes(rest.get(10..12)?.try_into().ok()?));
            let payload = rest.get(12..12 + length)?;
            let trailer = rest.get(12 + length..)?;
            if session == 0 {
                return Some(Packet::Outside(payload_type, payload));
            }
            Some(Packet::Inside { session, sequence, payload_type, payload, trailer })
        }
        _ => None,
    }
}

/// Whether this is a reply within a session.
pub(crate) fn is_in_session(reply: &[u8]) -> bool {
    matches!(parse(reply), Some(Packet::Inside { .. }))
}

/// The answer to a presence ping: IPMI is spoken here.
pub(crate) fn pong(tag: u8) -> Vec<u8> {
    let mut out = RMCP_ASF.to_vec();
    out.extend(ASF_IANA);
    out.extend([0x40, tag, 0x00, 0x10]);
    out.extend(ASF_IANA);
    out.extend([0, 0, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0]);
    out
}

/// IPMI 1.5 framing without authentication.
pub(crate) fn plain15(message: &[u8]) -> Vec<u8> {
    let mut out = RMCP_IPMI.to_vec();
    out.extend([0; 9]);
    out.push(u8::try_from(message.len()).unwrap_or(0));
    out.extend(message);
    out
}

/// IPMI 2.0 framing; outside a session both numbers are 0.
pub(crate) fn framed(payload_type: u8, session: u32, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = RMCP_IPMI.to_vec();
    out.extend([0x06, payload_type]);
    out.extend(session.to_le_bytes());
    out.extend(sequence.to_le_bytes());
    out.extend(u16::try_from(payload.len()).unwrap_or(0).to_le_bytes());
    out.extend(payload);
    out
}

/// An IPMB request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    target: u8,
    lun: u8,
    source: u8,
    sequence: u8,
    pub(crate) net_fn: u8,
    pub(crate) command: u8,
    pub(crate) data: &'a [u8],
}

impl<'a> Message<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let [target, net_fn, check, source, sequence, command, rest @ ..] = bytes else { return None };
        let (last, data) = rest.split_last()?;
        if checksum(&[*target, *net_fn]) != *check || checksum(&bytes[3..bytes.len() - 1]) != *last {
            return None;
        }
        Some(Self {
            target: *target,
            lun: *net_fn & 0x03,
            source: *source,
            sequence: *sequence,
            net_fn: *net_fn >> 2,
            command: *command,
            data,
        })
    }

    /// The response to this request: completion code and data.
    pub(crate) fn response(&self, code: u8, data: &[u8]) -> Vec<u8> {
        let mut out = vec![self.source, ((self.net_fn | 1) << 2) | (self.sequence & 0x03)];
        out.push(checksum(&out));
        let sequence = (self.sequence & 0xfc) | self.lun;
        let mut body = vec![self.target, sequence, self.command, code];
        body.extend(data);
        body.push(checksum(&body));
        out.extend(body);
        out
    }
}

fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_answered_to_its_sender() {
        let mut request = vec![0x20, 0x06 << 2, checksum(&[0x20, 0x06 << 2]), 0x81, 0x04, 0x01];
        request.push(checksum(&request[3..]));
        let message = Message::parse(&request).unwrap();
        assert_eq!((message.net_fn, message.command), (0x06, 0x01));
        let response = message.response(0, &[0x20]);
        assert_eq!(response[..2], [0x81, 0x07 << 2]);
        assert_eq!(response[3..8], [0x20, 0x04, 0x01, 0x00, 0x20]);
        request[1] ^= 4;
        assert_eq!(Message::parse(&request), None);
    }

    #[test]
    fn short_packets_are_dropped() {
        let whole = framed(0x10, 0, 0, &[1, 2, 3]);
        assert_eq!(parse(&whole), Some(Packet::Outside(0x10, &[1, 2, 3])));
        for length in 0..whole.len() {
            assert_eq!(parse(&whole[..length]), None);
        }
    }
}
