//! What can go wrong between Slipway and a BMC, and which [`ErrorClass`] each case belongs to.

use crate::{
    drivers::{DriverError, ErrorClass},
    model::{LeaseLost, Power},
};
use jiff::Timestamp;
use std::{fmt, io, net::SocketAddr, time::Duration};

/// A failure of one IPMI call.
#[derive(Debug, thiserror::Error)]
pub enum IpmiError {
    /// A name, password or key does not fit into the protocol's fields (IPMI 2.0 §13.20, §22.30). Nothing was sent.
    #[error("the {what} is {length} bytes long, IPMI 2.0 takes at most {limit}")]
    TooLong {
        /// Which of them.
        what: &'static str,
        /// Its length in bytes.
        length: usize,
        /// The longest that IPMI 2.0 carries, in bytes.
        limit: usize,
    },
    /// A BMC key that is empty, or begins with `0x` and is not hexadecimal. Nothing was sent.
    #[error("the BMC key (K_g) is empty, or begins with 0x and has not two hexadecimal digits for each byte")]
    NotHexadecimal,
    /// A workaround that FreeIPMI does not know either. Nothing was sent.
    #[error(
        "there is no workaround `{0}`; known are authcap, integritycheckvalue, intel20, nochecksumcheck, none, \
         opensesspriv, sun20, supermicro20"
    )]
    UnknownQuirk(String),
    /// The BMC has been silent too often; nothing was sent.
    #[error("it did not answer {times} times in a row and is left alone until {until}")]
    Resting {
        /// How often in a row.
        times: u32,
        /// When it is asked again.
        until: Timestamp,
    },
    /// More BMCs than session IDs can tell apart, about a million.
    #[error("there are too many BMCs")]
    TooManyBmcs,
    /// The task that speaks to BMCs is gone, as when the program ends.
    #[error("no BMC is asked any more")]
    Ended,
    /// The system gave no socket.
    #[error("cannot open a UDP socket")]
    Socket(#[source] io::Error),
    /// Nobody answered in time, resends included.
    #[error("no answer to {0}")]
    NoAnswer(Operation, #[source] Option<io::Error>),
    /// The login as a whole took too long, though the BMC did answer.
    #[error("the login took longer than {0:?}")]
    LoginTooSlow(Duration),
    /// The BMC answered a handshake message with an error status (IPMI 2.0 §13.24).
    #[error("{operation} refused: {} (status {status:#04x})", status_text(*.status))]
    Refused {
        /// The message that was answered.
        operation: Operation,
        /// The RMCP+ status code.
        status: u8,
    },
    /// The BMC's key-exchange code does not fit the password: a wrong password or `K_g`, or not the BMC we meant.
    #[error("the code in the answer to {0} is wrong: password or BMC key (K_g) do not match")]
    WrongCode(Operation),
    /// The BMC chose other algorithms than were asked for. Never accepted: somebody may be weakening the session.
    #[error("the BMC answered with algorithms {offered:?} where {asked:?} were asked for")]
    Downgrade {
        /// Authentication, integrity, confidentiality as requested.
        asked: [u8; 3],
        /// The same as answered.
        offered: [u8; 3],
    },
    /// None of the configured cipher suites is spoken by the BMC.
    #[error("the BMC takes none of the cipher suites {0:?}")]
    NoCipherSuite(Vec<u8>),
    /// A command was answered with a completion code other than 0 (IPMI 2.0 §5.2).
    #[error("{operation} failed: {}completion code {code:#04x}", completion_text(*.code))]
    Completion {
        /// The command.
        operation: Operation,
        /// The completion code.
        code: u8,
    },
    /// The answer to a command is too short for what it should say.
    #[error("the answer to {0} is malformed")]
    Malformed(Operation),
    /// The session has used all of its sequence numbers.
    #[error("the session's sequence numbers are used up")]
    Exhausted,
    /// The power did not become what was asked for in time, although the BMC took the command.
    #[error("the power is still not {wanted:?} after {waited:?}")]
    NotReached {
        /// What was asked for.
        wanted: Power,
        /// How long it was watched.
        waited: Duration,
    },
    /// The lease was lost before a command that changes the machine.
    #[error("stopped before a write")]
    LeaseLost(#[from] LeaseLost),
}

impl IpmiError {
    /// What this failure means for the caller.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Socket(_)
            | Self::NoAnswer(..)
            | Self::LoginTooSlow(_)
            | Self::Exhausted
            | Self::Resting { .. }
            | Self::Ended => ErrorClass::Unreachable,
            Self::TooLong { .. } | Self::NotHexadecimal | Self::WrongCode(_) => ErrorClass::Unauthorized,
            Self::Refused { status, .. } => status_class(*status),
            Self::Downgrade { .. } | Self::Malformed(_) => ErrorClass::Rejected,
            Self::NoCipherSuite(_) | Self::UnknownQuirk(_) | Self::TooManyBmcs => ErrorClass::Unsupported,
            Self::Completion { operation, code } => completion_class(*operation, *code),
            Self::NotReached { .. } | Self::LeaseLost(_) => ErrorClass::Conflict,
        }
    }

    /// Whether the BMC has no session to give, or none of this privilege: others hold them, and give them back.
    pub(super) fn is_full(&self) -> bool {
        matches!(self, Self::Refused { status: 0x01 | 0x0b, .. })
    }

    /// Whether the next cipher suite is worth a try.
    pub(super) fn wants_other_suite(&self) -> bool {
        matches!(self, Self::Refused { operation: Operation::OpenSession, status: 0x04..=0x07 | 0x10 | 0x11 })
    }

    /// Whether a command that was sent as `operation` may have been done all the same: it left, and nothing came back that
    /// tells what became of it. What fails before that, as a login, has done nothing.
    pub(super) fn is_unknown(&self, operation: Operation) -> bool {
        match self {
            Self::NoAnswer(unanswered, _) => *unanswered == operation,
            // Processing timed out, or there is no answer to give (IPMI 2.0 §5.2).
            Self::Completion { operation: answered, code: 0xc3 | 0xce } | Self::Malformed(answered) => {
                *answered == operation
            }
            // The task may have ended between the two.
            Self::Ended => true,
            _ => false,
        }
    }

    /// The error as the drivers' common one. `doing` names the call, as in "read the power".
    pub(super) fn at(self, address: SocketAddr, doing: &str) -> DriverError {
        DriverError {
            class: self.class(),
            message: format!("cannot {doing} over IPMI at {address}"),
            not_begun: false,
            source: Some(Box::new(self)),
        }
    }
}

/// What was being done: a message of the handshake, or a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// RMCP+ Open Session Request (IPMI 2.0 §13.17).
    OpenSession,
    /// RAKP Message 1 (IPMI 2.0 §13.20).
    Rakp1,
    /// RAKP Message 3 (IPMI 2.0 §13.22).
    Rakp3,
    /// A command of an open session.
    Command {
        /// Network function of the request (IPMI 2.0 §5.1).
        netfn: u8,
        /// Command number within it.
        number: u8,
    },
}

impl Operation {
    /// Whether it resets the BMC, which then may not answer any more.
    pub(super) fn is_reset(self) -> bool {
        matches!(self, Self::Command { netfn: 0x06, number: 0x02 | 0x03 })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (netfn, number) = match self {
            Self::OpenSession => return f.write_str("Open Session Request"),
            Self::Rakp1 => return f.write_str("RAKP Message 1"),
            Self::Rakp3 => return f.write_str("RAKP Message 3"),
            Self::Command { netfn, number } => (*netfn, *number),
        };
        match (netfn, number) {
            (0x00, 0x01) => f.write_str("Get Chassis Status"),
            (0x00, 0x04) => f.write_str("Chassis Identify"),
            (0x00, 0x02) => f.write_str("Chassis Control"),
            (0x00, 0x08) => f.write_str("Set System Boot Options"),
            (0x00, 0x09) => f.write_str("Get System Boot Options"),
            (0x06, 0x01) => f.write_str("Get Device ID"),
            (0x04, 0x2d) => f.write_str("Get Sensor Reading"),
            (0x06, 0x02) => f.write_str("Cold Reset"),
            (0x06, 0x03) => f.write_str("Warm Reset"),
            (0x06, 0x37) => f.write_str("Get System GUID"),
            (0x0a, 0x10) => f.write_str("Get FRU Inventory Area Info"),
            (0x0a, 0x11) => f.write_str("Read FRU Data"),
            (0x0a, 0x20) => f.write_str("Get SDR Repository Info"),
            (0x0a, 0x22) => f.write_str("Reserve SDR Repository"),
            (0x0a, 0x23) => f.write_str("Get SDR"),
            (0x0a, 0x40) => f.write_str("Get SEL Info"),
            (0x0a, 0x42) => f.write_str("Reserve SEL"),
            (0x0a, 0x43) => f.write_str("Get SEL Entry"),
            (0x0a, 0x47) => f.write_str("Clear SEL"),
            (0x2c, 0x02) => f.write_str("Get Power Reading"),
            (0x06, 0x3b) => f.write_str("Set Session Privilege Level"),
            (0x06, 0x3c) => f.write_str("Close Session"),
            _ => write!(f, "command {number:#04x} of network function {netfn:#04x}"),
        }
    }
}

/// RMCP+ and RAKP status codes (IPMI 2.0 §13.24, table 13-15).
fn status_text(status: u8) -> &'static str {
    match status {
        0x01 => "no session is free: others hold them all, MAAS or a person perhaps; idle ones end after a minute",
        0x02 => "the session is not known",
        0x04..=0x07 | 0x10 | 0x11 => "the cipher suite is not supported",
        0x08 => "the session is not active",
        0x09 | 0x0a => "the privilege is not granted",
        0x0b => "no session is free for this privilege",
        0x0c => "the user name is too long",
        0x0d => "the user is not known",
        0x0f => "the password is wrong",
        _ => "for a reason of its own",
    }
}

fn status_class(status: u8) -> ErrorClass {
    match status {
        // Sessions run out and go away again; both pass with time.
        0x01 | 0x02 | 0x08 | 0x0b => ErrorClass::Unreachable,
        0x09 | 0x0a | 0x0c..=0x0f => ErrorClass::Unauthorized,
        0x04..=0x07 | 0x10 | 0x11 => ErrorClass::Unsupported,
        _ => ErrorClass::Rejected,
    }
}

/// What to say beside a completion code, where it means the same after every command.
fn completion_text(code: u8) -> &'static str {
    match code {
        BUSY => "the BMC is busy, ",
        0xc1 | 0xc2 => "the BMC has no such command, ",
        0xd4 => "the privilege is too low, ",
        0xd5 => "not in the present state, ",
        _ => "",
    }
}

/// Completion code "node busy" (IPMI 2.0 §5.2).
pub(super) const BUSY: u8 = 0xc0;

/// Completion codes (IPMI 2.0 §5.2, table 5-2).
fn completion_class(operation: Operation, code: u8) -> ErrorClass {
    match code {
        // Set Session Privilege Level says 0x80 and 0x81 where a user may not have the level (§22.18).
        0x80 | 0x81 if operation == (Operation::Command { netfn: 0x06, number: 0x3b }) => ErrorClass::Unauthorized,
        // Busy, timed out, updating, initializing, destination away: the machine itself is not concerned.
        0xc0 | 0xc3 | 0xce | 0xd0..=0xd3 => ErrorClass::Unreachable,
        0xc1 | 0xc2 | 0xd6 => ErrorClass::Unsupported,
        0xd4 => ErrorClass::Unauthorized,
        0xc4 | 0xc5 | 0xd5 | 0xff => ErrorClass::Conflict,
        _ => ErrorClass::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_the_tables() {
        let status = |status| IpmiError::Refused { operation: Operation::Rakp1, status }.class();
        assert_eq!(status(0x01), ErrorClass::Unreachable);
        assert_eq!([status(0x0d), status(0x0f)], [ErrorClass::Unauthorized; 2]);
        let control = Operation::Command { netfn: 0, number: 2 };
        let completion = |code| IpmiError::Completion { operation: control, code }.class();
        assert_eq!(completion(0xc1), ErrorClass::Unsupported);
        assert_eq!(completion(0xcc), ErrorClass::Rejected);
        assert_eq!(completion(0xd4), ErrorClass::Unauthorized);
        assert_eq!(completion(0xd5), ErrorClass::Conflict);
        assert_eq!(completion(0xc0), ErrorClass::Unreachable);
    }

    #[test]
    fn messages_name_command_and_code() {
        let error = IpmiError::Completion { operation: Operation::Command { netfn: 0, number: 2 }, code: 0xd4 };
        assert_eq!(error.to_string(), "Chassis Control failed: the privilege is too low, completion code 0xd4");
    }
}
