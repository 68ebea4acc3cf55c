//! The ports of a node's switches, before its machine boots: for provisioning while it is enlisted and commissioned, as designed
//! before what is deployed boots.

use crate::{
    drivers::{DriverError, ErrorClass, SwitchFabric},
    model::{MachineAction, Permit, PortDesign, PortRole},
};
use std::time::Duration;
use tokio::time::timeout;

/// How long the switches have for all ports of one node: within the deadline of the request that waits for them.
const DEADLINE: Duration = Duration::from_secs(30);

/// What the ports must be configured for before an action is done; absent: it boots nothing, or boots what runs already.
fn role_before(action: &MachineAction) -> Option<PortRole> {
    match action {
        MachineAction::NetworkBoot | MachineAction::Commission => Some(PortRole::Provisioning),
        // The provisioner boots the installed system by itself: there is no moment between the two.
        MachineAction::Deploy => Some(PortRole::Production),
        MachineAction::Create
        | MachineAction::Adopt
        | MachineAction::Apply(_)
        | MachineAction::Allocate
        | MachineAction::Release { .. }
        | MachineAction::OverrideFailedTests
        | MachineAction::MarkBroken
        | MachineAction::Forget
        | MachineAction::EnterRescue
        | MachineAction::ExitRescue
        | MachineAction::PowerOn { .. }
        | MachineAction::PowerOff { .. }
        | MachineAction::PowerOffHard => None,
    }
}

/// Brings the ports of a node to what an action needs of them. Nothing is written where they are so already; a port that the
/// design does not name is left alone.
pub(super) async fn prepare(
    fabric: &dyn SwitchFabric,
    ports: impl FnOnce() -> Vec<PortDesign>,
    action: &MachineAction,
    permit: &Permit,
) -> Result<(), DriverError> {
    let Some(role) = role_before(action) else { return Ok(()) };
    let ports: Vec<PortDesign> = ports().into_iter().filter(|port| port.known().is_some()).collect();
    if ports.is_empty() {
        return Ok(());
    }
    let brought = async {
        let pending = fabric.pending(&ports, role).await?;
        for port in ports.iter().filter(|port| port.known().is_some_and(|known| pending.contains(&known))) {
            fabric.configure(port, role, permit).await?;
        }
        Ok(())
    };
    timeout(DEADLINE, brought).await.unwrap_or_else(|_| {
        let message = format!("the switches did not answer within {} s", DEADLINE.as_secs());
        Err(DriverError::new(ErrorClass::Unreachable, message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        drivers::noop::NoFabric,
        model::{Aspect, DeviceSelector, PermitHolder, PortNeighbour, SwitchPort},
    };
    use async_trait::async_trait;
    use std::{
        collections::BTreeMap,
        sync::{Mutex, PoisonError},
        time::Instant,
    };

    /// Switches in memory: the state of each port.
    #[derive(Default)]
    struct Switches {
        ports: Mutex<BTreeMap<SwitchPort, PortRole>>,
        refuses: Option<ErrorClass>,
        hangs: bool,
    }

    impl Switches {
        fn roles(&self) -> Vec<PortRole> {
            self.ports.lock().unwrap_or_else(PoisonError::into_inner).values().copied().collect()
        }
    }

    #[async_trait]
    impl SwitchFabric for Switches {
        async fn pending(&self, ports: &[PortDesign], role: PortRole) -> Result<Vec<SwitchPort>, DriverError> {
            if self.hangs {
                std::future::pending::<()>().await;
            }
            let known = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
            let ports = ports.iter().filter_map(PortDesign::known);
            Ok(ports.filter(|port| known.get(port) != Some(&role)).collect())
        }

        async fn configure(&self, port: &PortDesign, role: PortRole, permit: &Permit) -> Result<(), DriverError> {
            if let Some(class) = self.refuses {
                return Err(DriverError::new(class, "no"));
            }
            permit.check()?;
            let port = port.known().expect("a port that is named");
            self.ports.lock().unwrap_or_else(PoisonError::into_inner).insert(port, role);
            Ok(())
        }

        async fn neighbours(&self, _switch: &str) -> Result<Vec<PortNeighbour>, DriverError> {
            Ok(Vec::new())
        }
    }

    fn port(device: &str, port: Option<&str>) -> PortDesign {
        PortDesign {
            device: DeviceSelector::Name(device.into()),
            switch: Some("leaf-a".into()),
            port: port.map(str::to_owned),
            interface: "bond0".into(),
            link: "data".into(),
            bond: None,
            native: None,
            tagged: vec![41],
            mtu: 9000,
        }
    }

    fn held() -> PermitHolder {
        let holder = PermitHolder::default();
        holder.extend(Instant::now() + Duration::from_mins(1));
        holder
    }

    #[tokio::test]
    async fn ports_are_for_provisioning_while_a_machine_is_got_to_know_and_as_designed_when_it_is_deployed() {
        let switches = Switches::default();
        let ports = [port("eth0", Some("1")), port("eth1", Some("2")), port("eth2", None)];
        let permit = held().permit();
        for (action, expected) in [
            (MachineAction::Create, vec![]),
            (MachineAction::NetworkBoot, vec![PortRole::Provisioning; 2]),
            (MachineAction::Apply(Aspect::Registration), vec![PortRole::Provisioning; 2]),
            (MachineAction::Commission, vec![PortRole::Provisioning; 2]),
            (MachineAction::Allocate, vec![PortRole::Provisioning; 2]),
            (MachineAction::Deploy, vec![PortRole::Production; 2]),
            (MachineAction::PowerOn { reboot: None }, vec![PortRole::Production; 2]),
            (MachineAction::Commission, vec![PortRole::Provisioning; 2]),
        ] {
            prepare(&switches, || ports.to_vec(), &action, &permit).await.unwrap();
            assert_eq!(switches.roles(), expected, "{action}");
        }
    }

    #[tokio::test]
    async fn without_a_permit_no_port_changes() {
        let switches = Switches::default();
        let holder = held();
        holder.revoke();
        let error =
            prepare(&switches, || vec![port("eth0", Some("1"))], &MachineAction::Deploy, &holder.permit()).await;
        assert!(error.unwrap_err().is_lease_lost());
        assert_eq!(switches.roles(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn switches_that_refuse_or_hang_say_of_what_class_that_is() {
        let ports = [port("eth0", Some("1"))];
        let permit = held().permit();
        let refusing = Switches { refuses: Some(ErrorClass::Rejected), ..Switches::default() };
        let error = prepare(&refusing, || ports.to_vec(), &MachineAction::Deploy, &permit).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Rejected);
        let hanging = Switches { hangs: true, ..Switches::default() };
        let error = prepare(&hanging, || ports.to_vec(), &MachineAction::Deploy, &permit).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Unreachable);
    }

    #[tokio::test]
    async fn where_there_is_no_driver_there_is_nothing_to_do() {
        let ports = [port("eth0", Some("1"))];
        for action in [MachineAction::NetworkBoot, MachineAction::Deploy] {
            prepare(&NoFabric, || ports.to_vec(), &action, &held().permit()).await.unwrap();
        }
        assert_eq!(NoFabric.neighbours("leaf-a").await.unwrap_err().class, ErrorClass::Unsupported);
    }
}
