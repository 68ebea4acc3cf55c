//! What a spec need not say about machines.

pub(super) fn yes() -> bool {
    true
}

pub(super) fn cpus() -> u32 {
    32
}

pub(super) fn memory_mib() -> u64 {
    131_072
}

pub(super) fn vendor() -> String {
    "Dell Inc.".to_owned()
}

pub(super) fn product() -> String {
    "PowerEdge R650".to_owned()
}

pub(super) fn bios_version() -> String {
    "1.9.2".to_owned()
}

pub(super) fn bmc_user() -> String {
    "root".to_owned()
}

pub(super) fn bmc_password() -> String {
    "calvin".to_owned()
}

pub(super) fn cipher_suites() -> Vec<u8> {
    vec![3, 17]
}

pub(super) fn speed_mbps() -> u32 {
    1000
}

pub(super) fn nic_vendor() -> String {
    "Broadcom Inc. and subsidiaries".to_owned()
}

pub(super) fn nic_product() -> String {
    "NetXtreme BCM5720 Gigabit Ethernet PCIe".to_owned()
}

pub(super) fn disk_model() -> String {
    "MZ7LH480HAHQ0D3".to_owned()
}

pub(super) fn serial() -> String {
    "20261101".to_owned()
}

pub(super) fn label() -> String {
    "stable".to_owned()
}

pub(super) fn cpu_model() -> String {
    "Intel(R) Xeon(R) Gold 6326 CPU".to_owned()
}

pub(super) fn nic_vendor_id() -> String {
    "14e4".to_owned()
}

pub(super) fn nic_product_id() -> String {
    "165f".to_owned()
}

pub(super) fn nic_driver() -> String {
    "tg3".to_owned()
}

pub(super) fn nic_firmware() -> String {
    "21.80.16.95".to_owned()
}

pub(super) fn disk_firmware() -> String {
    "1.1.0".to_owned()
}

pub(super) fn disk_vendor_id() -> String {
    "144d".to_owned()
}

pub(super) fn disk_product_id() -> String {
    "a80a".to_owned()
}

pub(super) fn disk_pci_vendor() -> String {
    "Samsung Electronics".to_owned()
}

pub(super) fn disk_driver() -> String {
    "nvme".to_owned()
}

pub(super) fn cpu_speed() -> u32 {
    2900
}

pub(super) fn numa_nodes() -> u32 {
    1
}
