//! A real site: Airship Seaworthy, imported and deployed.
