//! Findings for pipelines: JUnit XML, a suite a site and a test an object.
//!
//! GitLab and Jenkins follow a test by its name from run to run, so an object is one: it is new, fails, or is mended. What
//! is wrong with it is told in the failure, line by line. Files that cannot be read are a suite of their own.

use super::{super::files::Problem, report::Report};
use crate::model::Severity;
use quick_junit::{NonSuccessKind, Report as Junit, SerializeError, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;

/// Prints a report.
pub fn print(report: &Report) -> Result<String, SerializeError> {
    let mut junit = Junit::new("slipway validate");
    if !report.faults.is_empty() {
        let mut suite = TestSuite::new("files");
        let file =
            |fault: &Problem| fault.place.as_ref().map_or_else(|| "paths".to_owned(), |place| place.file.to_string());
        for (file, faults) in grouped(&report.faults, file) {
            suite.add_test_case(case(&file, &file, &faults, NonSuccessKind::Error));
        }
        junit.add_test_suite(suite);
    }
    for site in &report.sites {
        let mut suite = TestSuite::new(site.title());
        let mut wrong = grouped(&site.problems, |problem| problem.object.clone().unwrap_or_default());
        for (object, file) in &site.objects {
            let problems = wrong.remove(object).unwrap_or_default();
            suite.add_test_case(case(object, file, &problems, NonSuccessKind::Failure));
        }
        // Objects that could not be taken in.
        for (object, problems) in wrong {
            let file = problems.first().and_then(|problem| problem.place.as_ref()).map(|place| place.file.to_string());
            suite.add_test_case(case(&object, &file.unwrap_or_default(), &problems, NonSuccessKind::Failure));
        }
        junit.add_test_suite(suite);
    }
    junit.to_string()
}

fn grouped(problems: &[Problem], by: impl Fn(&Problem) -> String) -> BTreeMap<String, Vec<&Problem>> {
    let mut groups: BTreeMap<String, Vec<&Problem>> = BTreeMap::new();
    for problem in problems {
        groups.entry(by(problem)).or_default().push(problem);
    }
    groups
}

fn case(name: &str, file: &str, problems: &[&Problem], kind: NonSuccessKind) -> TestCase {
    let mut status = TestCaseStatus::success();
    if let [first, rest @ ..] = problems {
        let more = if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
        let lines: Vec<String> = problems
            .iter()
            .map(|problem| {
                let severity = problem.severity.name().to_lowercase();
                format!("{}{severity} {} {}\n    {}", problem.prefix(), problem.rule, problem.sentence(), problem.hint)
            })
            .collect();
        let worst = problems.iter().map(|problem| problem.severity).min().unwrap_or(Severity::Error);
        status = TestCaseStatus::non_success(kind);
        status.set_message(format!("{} {}{more}", first.rule, first.sentence())).set_type(worst.name());
        status.set_description(lines.join("\n"));
    }
    let mut case = TestCase::new(name, status);
    case.set_classname(file);
    case.extra.insert("file".into(), file.into());
    case
}
