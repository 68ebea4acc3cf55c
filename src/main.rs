//! The `slipway` program: parse, dispatch.

fn main() -> std::process::ExitCode {
    slipway::cli::run()
}
