//! What the engine is asked to do: one command to one BMC, and where its answer goes.

use super::{
    config::{IpmiConfig, Privilege},
    error::{IpmiError, Operation},
    suite::CipherSuite,
};
use crate::model::Permit;
use std::sync::Arc;
use tokio::sync::oneshot;

/// How often a command may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sending {
    /// As often as needed: executing it twice does no harm.
    Repeat,
    /// Once, whatever happens: without an answer the outcome is unknown.
    Once,
}

/// A command as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// Network function of the request.
    pub(super) netfn: u8,
    /// Logical unit of the BMC, two bits.
    pub(super) lun: u8,
    pub(super) number: u8,
    pub(super) data: Vec<u8>,
}

impl Request {
    pub(super) fn operation(&self) -> Operation {
        Operation::Command { netfn: self.netfn, number: self.number }
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    /// The cipher suite of the session.
    pub(super) suite: CipherSuite,
    /// What follows the completion code, which was 0.
    pub(super) data: Vec<u8>,
}

/// One command to one BMC.
pub(super) struct Job {
    pub(super) config: Arc<IpmiConfig>,
    pub(super) request: Request,
    pub(super) sending: Sending,
    /// The privilege that the command needs.
    pub(super) needs: Privilege,
    /// Checked right before the command is sent, after the login.
    pub(super) permit: Option<Permit>,
    /// The session's work is done with it.
    pub(super) last: bool,
    /// It was begun on a session before that is gone.
    pub(super) is_retried: bool,
    reply: oneshot::Sender<Result<Answer, IpmiError>>,
}

impl Job {
    /// A command that reads, and where its answer comes out.
    pub(super) fn new(
        config: Arc<IpmiConfig>,
        request: Request,
    ) -> (Self, oneshot::Receiver<Result<Answer, IpmiError>>) {
        let (reply, answer) = oneshot::channel();
        let job = Self {
            config,
            request,
            sending: Sending::Repeat,
            needs: Privilege::User,
            permit: None,
            last: false,
            is_retried: false,
            reply,
        };
        (job, answer)
    }

    /// Nobody waits for it any more.
    pub(super) fn is_cancelled(&self) -> bool {
        self.reply.is_closed()
    }

    /// Tells its outcome.
    pub(super) fn answer(self, outcome: Result<Answer, IpmiError>) {
        // Whoever asked may have gone.
        let _ = self.reply.send(outcome);
    }
}
