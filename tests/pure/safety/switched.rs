//! The power of a deployed machine.

use super::page::{Chapter, Table, cell};
use crate::plan_scene::{Scene, start};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use slipway::{
    api::{baremetal_node::DesiredPower, memory::Begun, site::ApprovalPolicy},
    model::Power,
};

pub fn chapter() -> Chapter {
    let mut table = Table::new(&["what is asked", "it runs", "it is off", "nobody can tell"]);
    let asks: [(&str, Option<DesiredPower>, Option<&str>); 5] = [
        ("nothing", None, None),
        ("`power: On`", Some(DesiredPower::On), None),
        ("`power: Off`", Some(DesiredPower::Off), None),
        ("a reboot", None, Some("1")),
        ("a reboot, and `power: Off`", Some(DesiredPower::Off), Some("1")),
    ];
    for (name, power, reboot) in asks {
        let row = |begun: Option<&str>, late: i64, policy| {
            [Power::On, Power::Off, Power::Unknown]
                .map(|is| {
                    let mut scene = Scene::deployed();
                    scene.machine().power = is;
                    scene.orders.power = power;
                    scene.orders.reboot = reboot.map(str::to_owned);
                    scene.orders.approval_policy = policy;
                    scene.memory.begun =
                        begun.map(|step| Begun { step: step.into(), from: "Deployed".into(), at: MicroTime(start()) });
                    if late > 0 {
                        scene.turn();
                        scene.pass(late);
                    }
                    cell(&scene.decide().step)
                })
                .to_vec()
        };
        table.row(name, row(None, 0, ApprovalPolicy::Destructive));
        if power == Some(DesiredPower::Off) && reboot.is_none() {
            table.row(
                "`power: Off`, approved and asked to shut down",
                row(Some("PowerOff"), 0, ApprovalPolicy::Destructive),
            );
            table.row(
                "`power: Off`, and it has not shut down within `deadlines.shutdown`",
                row(Some("PowerOff"), 400, ApprovalPolicy::Destructive),
            );
        }
    }
    Chapter {
        title: "Power of a deployed machine",
        text: "Switched through the provisioner alone. A machine that is deployed without a system on record is never switched: it \
               would boot from the network.".into(),
        tables: vec![table],
    }
}
