//! Whose a machine is, before anything else is asked.

use super::page::{Chapter, Table, cell};
use crate::plan_scene::{HASH, ID, Scene, ours};
use slipway::{
    api::site::ApprovalPolicy,
    model::{MachineStatus, Mark, Owner, Power, Reason, Sighting, Step},
};

pub fn chapter() -> Chapter {
    let mut table = Table::new(&[
        "status of the machine",
        "nobody's, no mark",
        "nobody's, our mark",
        "our account's, no mark",
        "our account's, our mark",
        "another account's, whatever its mark",
        "another cluster's mark",
        "another node's mark",
        "our account's, no mark, `spec.adopt`",
        "another account's, `spec.adopt`",
    ]);
    let bob = || Owner::Other("bob".into());
    table.statuses(|status| {
        vec![
            hands(status, Owner::Nobody, Mark::None, false),
            hands(status, Owner::Nobody, ours(HASH), false),
            hands(status, Owner::Us, Mark::None, false),
            hands(status, Owner::Us, ours(HASH), false),
            alike(status, [Mark::None, ours(HASH)], &bob),
            hands(status, Owner::Us, Mark::Foreign("c2/east/n1".into()), true),
            hands(status, Owner::Us, Mark::Foreign("c1/east/n7".into()), true),
            hands(status, Owner::Us, Mark::None, true),
            hands(status, bob(), Mark::None, true),
        ]
    });
    let mut others = Table::new(&["what the node's address, MAC or id lead to", "what comes of it"]);
    let seen = |sighting| {
        let mut scene = most_permitted(MachineStatus::Ready);
        scene.seen.sighting = sighting;
        cell(&scene.decide().step)
    };
    others.row("a rack or region controller", vec![seen(Sighting::Controller("rack1".into()))]);
    others.row("two machines", vec![seen(Sighting::Conflict("a, b".into()))]);
    let mut claimed = most_permitted(MachineStatus::Deployed);
    claimed.machine().mark = Mark::Foreign("c1/east/n7".into());
    claimed.orders.claimed_by = Some("n7".into());
    others.row("a machine with the mark of a node that is there as well", vec![cell(&claimed.decide().step)]);
    let mut replaced = Scene::deployed();
    replaced.orders.approval_policy = ApprovalPolicy::Never;
    replaced.machine().rivals = vec!["record b (New)".into()];
    others.row("its machine, and a free record of nobody", vec![cell(&replaced.decide().step)]);
    replaced.machine().rivals.clear();
    replaced.design.boot_mac = Some("52:54:00:00:09:09".parse().unwrap());
    others.row("its machine, which does not have the design's boot MAC", vec![cell(&replaced.decide().step)]);
    Chapter {
        title: "Whose a machine is",
        text: "The first question, whatever is asked of the node and whoever has approved it. `touchable` means that the tables below \
               decide; everything else gets no write at all. A machine that `spec.adopt` names is marked, and nothing else, and that only with an \
               approval. Here the site asks for the most that can be asked: a deployment \
               with `approval: Never`.".into(),
        tables: vec![table, others],
    }
}

fn most_permitted(status: MachineStatus) -> Scene {
    let mut scene = Scene::new(status);
    scene.orders.approval_policy = ApprovalPolicy::Never;
    scene
}

fn alike(status: MachineStatus, marks: [Mark; 2], owner: &dyn Fn() -> Owner) -> String {
    let cells = marks.map(|mark| hands(status, owner(), mark, false));
    assert_eq!(cells[0], cells[1], "the mark decides nothing in {status:?}");
    let [cell, _] = cells;
    cell
}

fn hands(status: MachineStatus, owner: Owner, mark: Mark, adopts: bool) -> String {
    let mut scene = most_permitted(status);
    scene.orders.adopt = if adopts { crate::plan_scene::adopts(ID) } else { None };
    let machine = scene.machine();
    (machine.owner, machine.mark, machine.power) = (owner, mark, Power::Off);
    machine.has_system = status == MachineStatus::Deployed;
    match scene.decide().step {
        step if adopts => cell(&step),
        step @ Step::Blocked(_) if HANDS_OFF.contains(&crate::plan_scene::reason(&step).unwrap()) => cell(&step),
        // Somebody else's commissioning: nothing is done while it lasts.
        step @ Step::Wait(_) if matches!(scene.machine().owner, Owner::Other(_)) => cell(&step),
        _ => "touchable".into(),
    }
}

const HANDS_OFF: [Reason; 3] = [Reason::NotOurs, Reason::OwnedElsewhere, Reason::Renamed];
