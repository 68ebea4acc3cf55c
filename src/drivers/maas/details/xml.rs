//! An XML document as elements, which is all that the documents of `lshw` and `lldpcli` need.

use quick_xml::{Reader, events::Event};

/// Deepest nesting that is read; `lshw` nests bus in bus, and reaches about twelve.
const DEPTH: usize = 64;

/// An element with what is in it.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub name: String,
    attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Its children of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of its first child of a name, where there is any.
    pub fn text_of<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).map(|child| child.text.trim()).find(|text| !text.is_empty())
    }

    /// Itself and everything below it.
    pub fn walk<'a>(&'a self, each: &mut impl FnMut(&'a Element)) {
        each(self);
        for child in &self.children {
            child.walk(each);
        }
    }
}

/// Reads a document; what was read before a fault counts. The result stands for the document itself.
pub(super) fn read(text: &str) -> Element {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) if open.len() < DEPTH => open.push(element(&start)),
            Ok(Event::Empty(start)) => close(&mut open, element(&start)),
            Ok(Event::End(_)) if open.len() > 1 => {
                if let Some(last) = open.pop() {
                    close(&mut open, last);
                }
            }
            Ok(Event::Text(text)) => {
                if let (Some(last), Ok(text)) = (open.last_mut(), text.decode()) {
                    last.text.push_str(&text);
                }
            }
            Ok(Event::GeneralRef(reference)) => {
                if let (Some(last), Some(text)) = (open.last_mut(), resolve(&reference)) {
                    last.text.push(text);
                }
            }
            Ok(Event::CData(text)) => {
                if let (Some(last), Ok(text)) = (open.last_mut(), text.decode()) {
                    last.text.push_str(&text);
                }
            }
            // Deeper than is read: the rest would end at the wrong element.
            Ok(Event::Start(_) | Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    while open.len() > 1
        && let Some(last) = open.pop()
    {
        close(&mut open, last);
    }
    open.pop().unwrap_or_default()
}

fn element(start: &quick_xml::events::BytesStart<'_>) -> Element {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let attributes = start.attributes().flatten().map(|attribute| {
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Explicit1_0)
            .map_or_else(|_| text(&attribute.value), std::borrow::Cow::into_owned);
        (text(attribute.key.local_name().as_ref()), value)
    });
    Element { name: text(start.local_name().as_ref()), attributes: attributes.collect(), ..Element::default() }
}

fn close(open: &mut [Element], last: Element) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(last);
    }
}

/// The five entities of XML, and characters by number.
fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character);
    }
    match reference.decode().ok()?.as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_attributes_text_and_children() {
        let root = read(r#"<?xml version="1.0"?><!-- x --><a b="1 &amp; 2"> R&amp;D <c/><c>x</c></a>"#);
        let a = root.all("a").next().unwrap();
        assert_eq!((a.attribute("b"), a.text.trim()), (Some("1 & 2"), "R&D"));
        assert_eq!((a.children.len(), a.text_of("c")), (2, Some("x")));
    }

    #[test]
    fn a_broken_document_gives_what_came_before_the_fault() {
        assert_eq!(read("<a><b>x</b><c>").all("a").next().unwrap().text_of("b"), Some("x"));
        let deep = "<a>".repeat(1_000_000);
        let mut count = 0;
        read(&deep).walk(&mut |_| count += 1);
        assert_eq!(count, DEPTH);
    }
}
