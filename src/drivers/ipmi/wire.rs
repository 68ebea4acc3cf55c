//! Bytes on the wire: RMCP and RMCP+ headers around, and IPMB messages inside.
//!
//! Parsing takes whatever a datagram holds and never panics; what does not fit is [`Skip`]ped, for a UDP port
//! receives from anyone.

/// UDP packets of IPMI fit into one Ethernet frame; larger ones are cut by the receive buffer and then skipped.
pub(super) const MAX_DATAGRAM: usize = 1500;
/// RMCP version 1.0, reserved, no RMCP acknowledge, class IPMI (IPMI 2.0 §13.1.3).
const RMCP: [u8; 4] = [0x06, 0x00, 0xff, 0x07];
/// Bytes of the RMCP header: what is signed begins after them.
pub(super) const RMCP_LEN: usize = RMCP.len();
/// Authentication type "RMCP+" in the session header (IPMI 2.0 §13.6).
const RMCP_PLUS: u8 = 0x06;
const ENCRYPTED: u8 = 0x80;
const AUTHENTICATED: u8 = 0x40;
/// Next-header value in the session trailer (IPMI 2.0 §13.6).
const NEXT_HEADER: u8 = 0x07;

const BMC_ADDRESS: u8 = 0x20;
const CONSOLE_ADDRESS: u8 = 0x81;

/// What a packet carries (IPMI 2.0 §13.27.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum PayloadType {
    /// An IPMI message.
    Ipmi = 0x00,
    OpenSessionRequest = 0x10,
    OpenSessionResponse = 0x11,
    Rakp1 = 0x12,
    Rakp2 = 0x13,
    Rakp3 = 0x14,
    Rakp4 = 0x15,
}

/// Why a datagram was left aside. Never an error: the right answer may still come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Skip {
    #[error("shorter than its own lengths say")]
    Truncated,
    #[error("not an RMCP+ packet")]
    NotRmcpPlus,
    #[error("another payload type than awaited")]
    Payload,
    #[error("not encrypted and authenticated as the session demands")]
    Unprotected,
    #[error("for another session")]
    Session,
    #[error("the authentication code is wrong")]
    AuthCode,
    #[error("seen before, or too old")]
    Replay,
    #[error("it does not decrypt")]
    Cipher,
    #[error("the IPMB checksum is wrong")]
    Checksum,
    #[error("the answer to another request")]
    Request,
}

/// An RMCP+ packet, borrowed from its datagram.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    /// Payload type without the two protection bits.
    pub(super) payload_type: u8,
    /// The payload is encrypted.
    pub(super) encrypted: bool,
    /// The packet ends with a code.
    pub(super) authenticated: bool,
    /// Session ID of the receiver; 0 outside a session.
    pub(super) session: u32,
    /// Session sequence number; 0 outside a session.
    pub(super) sequence: u32,
    pub(super) payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads the headers. Checks neither the authentication code nor the trailer: see `session`.
    pub(super) fn parse(datagram: &'a [u8]) -> Result<Self, Skip> {
        Self::parse_short_of(datagram, 0)
    }

    /// The same where the header may claim up to `missing` bytes of payload more than there are.
    pub(super) fn parse_short_of(datagram: &'a [u8], missing: usize) -> Result<Self, Skip> {
        // The RMCP sequence number, third byte, is 0xff for IPMI but some BMCs count there.
        let (&[version, _, _, class], rest) = datagram.split_first_chunk::<RMCP_LEN>().ok_or(Skip::Truncated)?;
        if version != RMCP[0] || class != RMCP[3] {
            return Err(Skip::NotRmcpPlus);
        }
        let (&[auth, kind, i0, i1, i2, i3, s0, s1, s2, s3, l0, l1], rest) =
            rest.split_first_chunk::<12>().ok_or(Skip::Truncated)?;
        if auth != RMCP_PLUS {
            return Err(Skip::NotRmcpPlus);
        }
        let length = usize::from(u16::from_le_bytes([l0, l1]));
        Ok(Self {
            payload_type: kind & !(ENCRYPTED | AUTHENTICATED),
            encrypted: kind & ENCRYPTED != 0,
            authenticated: kind & AUTHENTICATED != 0,
            session: u32::from_le_bytes([i0, i1, i2, i3]),
            sequence: u32::from_le_bytes([s0, s1, s2, s3]),
            payload: match rest.get(..length) {
                Some(payload) => payload,
                None if length <= rest.len() + missing => rest,
                None => return Err(Skip::Truncated),
            },
        })
    }
}

/// The console's session ID that a datagram names: in the header within a session, in the answers of the login behind
/// their status. Whether the datagram is sound, nobody has looked yet.
pub(super) fn console_id(datagram: &[u8]) -> Option<u32> {
    let packet = Packet::parse_short_of(datagram, 1).ok()?;
    if packet.session != 0 {
        return Some(packet.session);
    }
    let id = packet.payload.get(4..8)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*id)).filter(|id| *id != 0)
}

/// Get Channel Authentication Capabilities (IPMI 2.0 §22.13) for IPMI 2.0 and the present channel, in the framing of IPMI
/// 1.5: what most tools begin with. Its answer tells us nothing, but some BMCs need it.
pub(super) fn knock(privilege: u8) -> Vec<u8> {
    let message = encode_request(0, 0x06, 0, 0x38, &[0x8e, privilege]);
    let mut out = RMCP.to_vec();
    out.extend([0; 9]);
    out.extend(u8::try_from(message.len()));
    out.extend(message);
    out
}

/// A packet outside any session, as the handshake uses.
pub(super) fn frame_plain(payload_type: PayloadType, payload: &[u8]) -> Vec<u8> {
    frame(payload_type as u8, 0, 0, payload)
}

/// A packet of a session that signs its packets, up to and with its trailer; the code over everything from [`RMCP_LEN`]
/// is still to be added.
pub(super) fn frame_signed(encrypted: bool, session: u32, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let kind = PayloadType::Ipmi as u8 | AUTHENTICATED | if encrypted { ENCRYPTED } else { 0 };
    let mut out = frame(kind, session, sequence, payload);
    // Pad so that what is signed, with pad length and next header, is a multiple of four (IPMI 2.0 §13.28.4).
    let pad = (4 - (out.len() - RMCP_LEN + 2) % 4) % 4;
    out.resize(out.len() + pad, 0xff);
    out.push(pad.to_le_bytes()[0]);
    out.push(NEXT_HEADER);
    out
}

/// A packet of a session that neither signs nor encrypts.
pub(super) fn frame_bare(session: u32, sequence: u32, payload: &[u8]) -> Vec<u8> {
    frame(PayloadType::Ipmi as u8, session, sequence, payload)
}

fn frame(kind: u8, session: u32, sequence: u32, payload: &[u8]) -> Vec<u8> {
    // Room for the trailer and the longest code as well.
    let mut out = Vec::with_capacity(RMCP_LEN + 12 + payload.len() + 24);
    out.extend(RMCP);
    out.extend([RMCP_PLUS, kind]);
    out.extend(session.to_le_bytes());
    out.extend(sequence.to_le_bytes());
    // A payload here is a few dozen bytes; a longer one than 64 KiB could not be sent by UDP either.
    out.extend(u16::try_from(payload.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend(payload);
    out
}

/// A request as the BMC reads it inside a session (IPMB framing, IPMI 2.0 §13.8). `sequence` has six bits, `lun` two.
pub(super) fn encode_request(sequence: u8, netfn: u8, lun: u8, command: u8, data: &[u8]) -> Vec<u8> {
    encode_message([BMC_ADDRESS, netfn << 2 | lun & 0x03], [CONSOLE_ADDRESS, sequence << 2, command], data)
}

fn encode_message(head: [u8; 2], addressing: [u8; 3], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(head.len() + addressing.len() + data.len() + 2);
    out.extend(head);
    out.push(checksum(&head));
    out.extend(addressing);
    out.extend(data);
    out.push(checksum(&out[3..]));
    out
}

/// Two's complement of the sum, so that the sum with it is 0.
fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg()
}

/// An answer inside a session.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply<'a> {
    /// Network function of the response: the request's with the lowest bit set.
    pub(super) netfn: u8,
    /// The request's sequence number, six bits.
    pub(super) sequence: u8,
    pub(super) command: u8,
    /// 0 for success (IPMI 2.0 §5.2).
    pub(super) completion: u8,
    pub(super) data: &'a [u8],
}

impl<'a> Reply<'a> {
    /// Reads an answer; a wrong checksum spoils it unless the BMC is known for those.
    pub(super) fn parse(message: &'a [u8], checksums: bool) -> Result<Self, Skip> {
        let [_, netfn_lun, _, _, sequence_lun, command, completion, data @ .., _] = message else {
            return Err(Skip::Truncated);
        };
        if checksums && (checksum(&message[..3]) != 0 || checksum(&message[3..]) != 0) {
            return Err(Skip::Checksum);
        }
        Ok(Self {
            netfn: netfn_lun >> 2,
            sequence: sequence_lun >> 2,
            command: *command,
            completion: *completion,
            data,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The BMC's side of [`encode_request`].
    pub(in super::super) fn encode_reply(sequence: u8, netfn: u8, command: u8, completion: u8, data: &[u8]) -> Vec<u8> {
        let data = [&[completion], data].concat();
        encode_message([CONSOLE_ADDRESS, netfn << 2], [BMC_ADDRESS, sequence << 2, command], &data)
    }

    #[test]
    fn get_device_id_is_framed_as_in_the_specification() {
        assert_eq!(encode_request(1, 0x06, 0, 0x01, &[]), [0x20, 0x18, 0xc8, 0x81, 0x04, 0x01, 0x7a]);
    }

    #[test]
    fn a_knock_is_what_ipmitool_begins_with() {
        let packet = [6, 0, 0xff, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0x20, 0x18, 0xc8, 0x81, 0, 0x38, 0x8e, 4, 0xb5];
        assert_eq!(knock(4), packet);
    }

    #[test]
    fn headers_come_back() {
        let bytes = frame_signed(true, 0x0403_0201, 7, &[9; 5]);
        assert_eq!((bytes.len() - RMCP_LEN) % 4, 0, "what is signed is a multiple of four");
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!((packet.payload_type, packet.encrypted, packet.authenticated), (0, true, true));
        assert_eq!((packet.session, packet.sequence, packet.payload), (0x0403_0201, 7, &[9; 5][..]));
    }

    #[test]
    fn a_flipped_bit_spoils_a_reply() {
        let mut reply = encode_reply(3, 0x01, 0x01, 0, &[0x21]);
        assert_eq!(Reply::parse(&reply, true).unwrap().data, [0x21]);
        reply[7] ^= 1;
        assert_eq!(Reply::parse(&reply, true), Err(Skip::Checksum));
        assert!(Reply::parse(&reply, false).is_ok());
    }

    proptest! {
        #[test]
        fn parsing_survives_anything(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Packet::parse(&bytes);
            let _ = Reply::parse(&bytes, true);
            let _ = Packet::parse(&[&RMCP, &[RMCP_PLUS][..], &bytes].concat());
        }

        #[test]
        fn replies_come_back(sequence in 0_u8..64, command: u8, completion: u8, data: Vec<u8>) {
            let bytes = encode_reply(sequence, 0x07, command, completion, &data);
            let reply = Reply::parse(&bytes, true).unwrap();
            prop_assert_eq!(reply, Reply { netfn: 0x07, sequence, command, completion, data: &data });
        }
    }
}
