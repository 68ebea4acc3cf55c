//! `VerifyNodes`: what the BMC of each node tells of its machine, and whether that is as designed.

use super::{
    bmc_hardware, cache::Key, context::Context, inventory, logins::Login, node::memory_of, site_report::with_cause,
};
use crate::{
    api::{
        BaremetalNode, Site,
        hardware_inventory::{BmcReport, ComponentFirmware},
        site_task::TaskNode,
    },
    drivers::{DriverError, ErrorClass},
    model::{BmcEvent, FirmwareVersion, NodeDesign, Sensor, SensorState},
    plan::{firmware_mismatches, told_mismatches},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::{cmp::Reverse, time::Duration};
use tokio::time::timeout;

/// How long the BMC of one node may take for everything: a slow one has a hundred sensors to read.
const DEADLINE: Duration = Duration::from_mins(3);
/// Entries of the log that are looked at.
const LOG: usize = 64;
/// What is kept in the status, as its schema says.
const MOST_FIRMWARE: usize = 64;
const MOST_ALARMS: usize = 32;
const MOST_LOG: usize = 16;
const LONGEST: usize = 250;

/// Asks the BMC of a node, records what it tells, and judges it.
pub(super) async fn verify(context: &Context, site: &Site, design: &NodeDesign) -> Result<TaskNode, kube::Error> {
    let asked = timeout(DEADLINE, ask(context, site, design)).await;
    let asked = asked.unwrap_or_else(|_| {
        let text = format!("the BMC has not told everything within {} s", DEADLINE.as_secs());
        Err(DriverError::new(ErrorClass::Unreachable, text))
    });
    let (failed, message) = match asked {
        Err(_) if design.by_hand => (false, Some("a person switches this machine: it has no BMC to ask".to_owned())),
        Err(error) => (true, Some(with_cause(&error))),
        Ok(report) => {
            let judged = judge(design, &report);
            let key = Key::new(site.metadata.namespace.clone().unwrap_or_default(), design.name.clone());
            if let Some(node) = context.caches.nodes.get(&key) {
                inventory::record_bmc(context, &node, report).await?;
            }
            judged
        }
    };
    let state = if failed { "Failure" } else { "Success" };
    let message = message.map(|text| text.chars().take(1000).collect());
    Ok(TaskNode { name: design.name.clone(), state: state.to_owned(), message, ..TaskNode::default() })
}

/// Looks at a machine's health without being asked to: recorded where it is another than is known. Gives back whether the BMC
/// told it.
pub(super) async fn look(
    context: &Context,
    site: &Site,
    node: &BaremetalNode,
    design: &NodeDesign,
) -> Result<bool, kube::Error> {
    let Ok(Ok(report)) = timeout(DEADLINE, ask(context, site, design)).await else { return Ok(false) };
    let known = context.caches.inventories.get(&Key::of(node));
    let known = known.as_ref().and_then(|known| known.status.as_ref()?.bmc.as_ref());
    if known.is_none_or(|known| differs(known, &report)) {
        inventory::record_bmc(context, node, report).await?;
    }
    Ok(true)
}

/// Whether a report says something new. When it was taken is nothing new, nor what a sensor reads whose alarm is known.
fn differs(known: &BmcReport, report: &BmcReport) -> bool {
    let is_number = |word: &&str| word.parse::<f64>().is_ok();
    let alarm = |text: &String| text.split_whitespace().filter(|word| !is_number(word)).collect::<Vec<_>>().join(" ");
    let alarms = |report: &BmcReport| report.alarms.iter().map(alarm).collect::<Vec<_>>();
    let rest = |report: &BmcReport| BmcReport { taken_at: None, former: None, alarms: Vec::new(), ..report.clone() };
    alarms(known) != alarms(report) || rest(known) != rest(report)
}

async fn ask(context: &Context, site: &Site, design: &NodeDesign) -> Result<BmcReport, DriverError> {
    let none = || DriverError::new(ErrorClass::Unsupported, "no BMC is described");
    let oob = design.oob.as_ref().ok_or_else(none)?;
    let key = Key::new(site.metadata.namespace.clone().unwrap_or_default(), design.name.clone());
    let memory = context.caches.nodes.get(&key).map(|node| memory_of(&node)).unwrap_or_default();
    let login = Login::new(context, &key, site, oob, memory.refused.as_ref()).await?;
    let driver = login.bmc();
    let identity = login.judge(driver.identity().await)?;
    let firmware = told(driver.firmware().await)?.unwrap_or_default();
    let hardware = told(driver.inventory().await)?;
    let sensors = told(driver.sensors().await)?;
    let log = told(driver.events(LOG).await)?.unwrap_or_default();
    let shorten = |text: Option<String>| text.map(|text| short(&text));
    Ok(BmcReport {
        taken_at: Some(Time(context.clock.now())),
        vendor: shorten(identity.vendor),
        product: shorten(identity.product),
        firmware_version: shorten(identity.firmware),
        serial: shorten(identity.serial),
        former: None,
        system_id: shorten(identity.system_id),
        hardware: hardware.as_ref().and_then(bmc_hardware::kept),
        firmware: firmware.iter().take(MOST_FIRMWARE).map(component).collect(),
        sensors: sensors.as_ref().and_then(|sensors| i32::try_from(sensors.len()).ok()),
        alarms: alarms(sensors.unwrap_or_default()),
        log: log.iter().filter(|entry| is_alarm(entry.state)).take(MOST_LOG).map(entry).collect(),
    })
}

/// What a BMC cannot tell is nothing that it told.
fn told<T>(outcome: Result<T, DriverError>) -> Result<Option<T>, DriverError> {
    match outcome {
        Ok(told) => Ok(Some(told)),
        Err(error) if matches!(error.class, ErrorClass::Unsupported | ErrorClass::Missing) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether it fails, and what a person should know.
fn judge(design: &NodeDesign, report: &BmcReport) -> (bool, Option<String>) {
    let built = bmc_hardware::told(report).and_then(|told| told_mismatches(design, &told)).unwrap_or_default();
    let mismatches = [built, firmware_mismatches(&design.hardware, &firmwares(report))].concat();
    let is_critical = report.alarms.iter().any(|alarm| alarm.starts_with(CRITICAL));
    let failed = is_critical || (design.hardware.blocks && !mismatches.is_empty());
    let says: Vec<String> = report.alarms.iter().cloned().chain(mismatches).collect();
    (failed, (!says.is_empty()).then(|| says.join("; ")))
}

/// The firmwares that a BMC has listed.
pub(super) fn firmwares(report: &BmcReport) -> Vec<FirmwareVersion> {
    let version =
        |one: &ComponentFirmware| FirmwareVersion { component: one.component.clone(), version: one.version.clone() };
    report.firmware.iter().map(version).collect()
}

/// How an alarm begins that stops a machine from being used.
const CRITICAL: &str = "critical: ";

fn alarms(mut sensors: Vec<Sensor>) -> Vec<String> {
    sensors.retain(|sensor| is_alarm(sensor.state));
    sensors.sort_by_key(|sensor| Reverse(sensor.state));
    sensors.iter().take(MOST_ALARMS).map(alarm).collect()
}

fn is_alarm(state: SensorState) -> bool {
    matches!(state, SensorState::Warning | SensorState::Critical)
}

fn degree(state: SensorState) -> &'static str {
    if state == SensorState::Critical { CRITICAL } else { "warning: " }
}

fn alarm(sensor: &Sensor) -> String {
    let value = sensor.value.map(|value| format!(" {value}")).unwrap_or_default();
    let unit =
        sensor.unit.as_ref().filter(|_| sensor.value.is_some()).map(|unit| format!(" {unit}")).unwrap_or_default();
    let detail = sensor.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
    short(&format!("{}{} {}{value}{unit}{detail}", degree(sensor.state), sensor.kind, sensor.name))
}

fn entry(entry: &BmcEvent) -> String {
    let at = entry.at.map(|at| format!("{} ", at.strftime("%Y-%m-%dT%H:%M:%SZ"))).unwrap_or_default();
    short(&format!("{at}{}{}", degree(entry.state), entry.message))
}

fn component(firmware: &FirmwareVersion) -> ComponentFirmware {
    ComponentFirmware { component: short(&firmware.component), version: short(&firmware.version) }
}

pub(super) fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sensor(name: &str, state: SensorState, value: Option<f64>) -> Sensor {
        let unit = Some("degrees C".to_owned());
        Sensor { name: name.into(), kind: "Temperature".into(), value, unit, state, detail: None }
    }

    #[test]
    fn alarms_are_the_worst_first_and_say_what_was_read() {
        let sensors = vec![
            sensor("Inlet", SensorState::Ok, Some(22.0)),
            sensor("CPU1", SensorState::Warning, Some(91.5)),
            sensor("CPU2", SensorState::Critical, Some(104.0)),
            sensor("CPU3", SensorState::Unreadable, None),
        ];
        assert_eq!(
            alarms(sensors),
            ["critical: Temperature CPU2 104 degrees C", "warning: Temperature CPU1 91.5 degrees C"]
        );
    }

    #[test]
    fn an_alarm_that_reads_another_value_is_no_news() {
        let report = |alarm: &str| BmcReport { alarms: vec![alarm.to_owned()], ..BmcReport::default() };
        let hot = report("warning: Temperature CPU1 91.5 degrees C");
        let later = BmcReport { taken_at: Some(Time(jiff::Timestamp::UNIX_EPOCH)), ..hot.clone() };
        assert!(!differs(&hot, &later));
        assert!(!differs(&hot, &report("warning: Temperature CPU1 93 degrees C")));
        assert!(differs(&hot, &report("critical: Temperature CPU1 104 degrees C")));
        assert!(differs(&hot, &report("warning: Temperature CPU2 91.5 degrees C")));
        assert!(differs(&hot, &BmcReport::default()));
        let entry = BmcReport { log: vec!["warning: Fan 3 lost".into()], ..hot.clone() };
        assert!(differs(&hot, &entry));
    }

    #[test]
    fn a_critical_alarm_fails_and_a_warning_is_told() {
        let design = NodeDesign::named("r01-u10");
        let report = |alarm: &str| BmcReport { alarms: vec![alarm.to_owned()], ..BmcReport::default() };
        assert_eq!(judge(&design, &BmcReport::default()), (false, None));
        assert_eq!(judge(&design, &report("warning: hot")), (false, Some("warning: hot".into())));
        assert_eq!(judge(&design, &report("critical: hot")), (true, Some("critical: hot".into())));
    }

    #[test]
    fn firmware_of_another_version_is_told_and_fails_where_the_profile_blocks() {
        let mut design = NodeDesign::named("r01-u10");
        let version =
            |component: &str, version: &str| FirmwareVersion { component: component.into(), version: version.into() };
        design.hardware.firmware = vec![version("bmc", "7.10"), version("NIC", "1")];
        let listed = ComponentFirmware { component: "BMC".into(), version: "7.00".into() };
        let report = BmcReport { firmware: vec![listed], ..BmcReport::default() };
        let said = "firmware of BMC: 7.10 is designed, 7.00 is there; firmware of NIC: 1 is designed, and the BMC lists no such component";
        assert_eq!(judge(&design, &report), (false, Some(said.into())));
        design.hardware.blocks = true;
        assert!(judge(&design, &report).0);
    }
}
