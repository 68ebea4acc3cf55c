//! One write to MAAS as data: `plan` prints it, `run` performs it.
//!
//! A call names things as people do, by interface, CIDR, VLAN id or mount point. What MAAS numbers is either known from the
//! observation or is taken from the answer of an earlier call of the same list ([`Id::Made`]).

use super::auth::percent_encode;
use secrecy::SecretString;
use std::fmt;

/// One write.
#[derive(Debug, Clone)]
pub struct Call {
    says: String,
    pub(crate) method: Method,
    pub(crate) path: Vec<Value>,
    pub(crate) op: Option<&'static str>,
    pub(crate) form: Vec<(String, Value)>,
    /// What the answer's ids stand for: a name, and the JSON Pointer to its id.
    pub(crate) makes: Vec<(Name, &'static str)>,
    /// Somebody else may have created it in the meantime; that is as good.
    pub(crate) or_exists: bool,
    /// MAAS may not be ready for it, and says so with these words.
    pub(crate) unless: Option<&'static str>,
    /// Whether it destroys something, and so waits for approval.
    pub(crate) destroys: bool,
    /// What it makes and MAAS keeps no mark of, as `Kind/key`: to be recorded before it is sent.
    pub(crate) records: Vec<String>,
}

/// HTTP method of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Post,
    Put,
    Delete,
}

/// A part of a path, or the value of a parameter.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text as it is.
    Text(String),
    /// A number of MAAS's.
    Id(Id),
    /// Text that never prints.
    Secret(SecretString),
}

/// A number by which MAAS knows a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Id {
    /// From the observation.
    Known(u64),
    /// From the answer of an earlier call.
    Made(Name),
}

/// A thing that a call makes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// A fabric, by name.
    Fabric(String),
    /// A VLAN, by fabric and VLAN id.
    Vlan(String, u32),
    /// A subnet, by CIDR.
    Subnet(String),
    /// A space, by name.
    Space(String),
    /// A DNS domain, by name.
    Domain(String),
    /// An interface of the machine, by name.
    Interface(String),
    /// A partition, by disk and index.
    Partition(String, usize),
    /// The block device of a software RAID, by name.
    Raid(String),
    /// A cache set, by its name in the design.
    CacheSet(String),
    /// The block device of a cache, by name.
    Cache(String),
    /// A volume group, by name.
    VolumeGroup(String),
    /// A logical volume, by group and name.
    LogicalVolume(String, String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    /// Always `true` or `false`: MAAS takes `0` for true in many places.
    fn from(value: bool) -> Self {
        Self::Text(value.to_string())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Text(number.to_string())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Text(number.to_string())
    }
}

impl From<Id> for Value {
    fn from(id: Id) -> Self {
        Self::Id(id)
    }
}

impl Value {
    /// A part of a path that may hold any character.
    pub(crate) fn segment(text: &str) -> Self {
        Self::Text(percent_encode(text))
    }
}

impl Call {
    pub(crate) fn new<const N: usize>(method: Method, path: [Value; N], says: impl Into<String>) -> Self {
        Self {
            says: says.into(),
            method,
            path: path.into(),
            op: None,
            form: Vec::new(),
            makes: Vec::new(),
            or_exists: false,
            unless: None,
            destroys: false,
            records: Vec::new(),
        }
    }

    pub(crate) fn post<const N: usize>(path: [Value; N], says: impl Into<String>) -> Self {
        Self::new(Method::Post, path, says)
    }

    pub(crate) fn put<const N: usize>(path: [Value; N], says: impl Into<String>) -> Self {
        Self::new(Method::Put, path, says)
    }

    pub(crate) fn delete<const N: usize>(path: [Value; N], says: impl Into<String>) -> Self {
        Self::new(Method::Delete, path, says)
    }

    /// Whether it destroys something, and so waits for approval.
    pub fn is_destructive(&self) -> bool {
        self.destroys
    }

    /// What it makes and MAAS keeps no mark of.
    pub fn records(&self) -> &[String] {
        &self.records
    }

    /// Whether it changes fabrics, subnets or tags themselves, rather than a machine.
    pub(crate) fn changes_lists(&self) -> bool {
        let of_machine = |part: &Value| matches!(part, Value::Text(text) if text == "nodes/" || text == "machines/");
        self.op.is_none() && !self.path.first().is_some_and(of_machine)
    }

    pub(crate) fn op(mut self, op: &'static str) -> Self {
        self.op = Some(op);
        self
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.form.push((name.into(), value.into()));
        self
    }

    pub(crate) fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(crate) fn makes(mut self, name: Name, pointer: &'static str) -> Self {
        self.makes.push((name, pointer));
        self
    }

    pub(crate) fn with_all<'a>(self, name: &str, values: impl IntoIterator<Item = &'a String>) -> Self {
        values.into_iter().fold(self, |call, value| call.with(name, value.as_str()))
    }

    pub(crate) fn unless(mut self, words: &'static str) -> Self {
        self.unless = Some(words);
        self
    }

    pub(crate) fn destroys(mut self) -> Self {
        self.destroys = true;
        self
    }

    pub(crate) fn recorded(mut self, key: String) -> Self {
        self.records.push(key);
        self
    }

    pub(crate) fn or_exists(mut self) -> Self {
        self.or_exists = true;
        self
    }
}

/// What it does, in one line without secrets.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)
    }
}
