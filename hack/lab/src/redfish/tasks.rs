//! What a BMC does in its own time.

use std::time::{Duration, Instant};

use serde_json::json;

use super::personality::Personality;
use super::reply::Reply;
use super::route::{collection, link, reference};
use super::state::Task;
use crate::world::World;

/// Where tasks are a fault of this BMC, one begins: the answer that says so.
pub(super) fn begin(world: &mut World, machine: usize, personality: &Personality) -> Option<Reply> {
    let name = world.machines[machine].spec.name.clone();
    let (ms, fails) = world.faults.redfish_tasks(&name)?;
    let ends = Instant::now() + Duration::from_millis(ms);
    Some(accepted(world, machine, personality, ends, fails, false))
}

/// A task that ends when the machine boots.
pub(super) fn at_boot(world: &mut World, machine: usize, personality: &Personality) -> Reply {
    accepted(world, machine, personality, Instant::now(), false, true)
}

fn accepted(
    world: &mut World,
    machine: usize,
    personality: &Personality,
    ends: Instant,
    fails: bool,
    at_boot: bool,
) -> Reply {
    let state = &mut world.machines[machine].redfish;
    let id = state.take_id();
    state.tasks.push(Task { id, ends, fails, at_boot });
    let path = format!("/TaskService/Tasks/{id}");
    let body = json!({
        "@odata.id": link(personality, &path), "@odata.type": "#Task.v1_4_3.Task", "Id": id.to_string(),
        "Name": "Task", "TaskState": "New",
    });
    let place =
        if at_boot { link(personality, &path) } else { link(personality, &format!("/TaskService/Monitors/{id}")) };
    Reply::json(202, &body).with("location", place)
}

pub(super) fn handle(world: &World, machine: usize, personality: &Personality, rest: &[&str]) -> Reply {
    let tasks = &world.machines[machine].redfish.tasks;
    let find = |id: &str| tasks.iter().find(|task| task.id.to_string() == id);
    let missing = || Reply::missing(&rest.join("/"));
    match rest {
        [] => Reply::ok(&json!({
            "@odata.id": link(personality, "/TaskService"), "@odata.type": "#TaskService.v1_1_5.TaskService",
            "Id": "TaskService", "Name": "Task Service", "ServiceEnabled": true,
            "Tasks": reference(personality, "/TaskService/Tasks"),
        })),
        ["Tasks"] => {
            let ids: Vec<String> = tasks.iter().map(|task| task.id.to_string()).collect();
            collection(personality, "/TaskService/Tasks", &ids, 0)
        }
        ["Tasks", id] => find(id).map_or_else(missing, |task| Reply::ok(&view(personality, task))),
        // The monitor says by its status whether the task runs.
        ["Monitors", id] => find(id).map_or_else(missing, |task| {
            let status = if task.ends > Instant::now() { 202 } else { 200 };
            Reply::json(status, &view(personality, task))
        }),
        _ => missing(),
    }
}

fn view(personality: &Personality, task: &Task) -> serde_json::Value {
    let runs = task.ends > Instant::now();
    let (state, status, message) = match (task.at_boot, runs, task.fails) {
        (true, ..) => ("Scheduled", "OK", "Task successfully scheduled."),
        (_, true, _) => ("Running", "OK", "The task runs."),
        (_, _, true) => ("Exception", "Critical", "The operation failed inside the BMC."),
        _ => ("Completed", "OK", "The task has completed."),
    };
    json!({
        "@odata.id": link(personality, &format!("/TaskService/Tasks/{}", task.id)),
        "@odata.type": "#Task.v1_4_3.Task", "Id": task.id.to_string(), "Name": "Task", "TaskState": state,
        "TaskStatus": status, "Messages": [{"MessageId": "Base.1.8.GeneralError", "Message": message}],
    })
}
