//! The shape of the schema in memory.

/// A type's place in [`Schema::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeId(pub(super) usize);

impl TypeId {
    /// The type with this number in `structure.txt`.
    pub(in crate::api) const fn of(number: usize) -> Self {
        Self(number)
    }
}

/// What values a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Text.
    String,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Double,
    /// True or false.
    Bool,
    /// Bytes, as base64 text.
    Bytes,
    /// A moment, to the second (`metav1.Time`).
    Time,
    /// A moment, to the microsecond (`metav1.MicroTime`).
    MicroTime,
    /// An amount with a unit (`resource.Quantity`).
    Quantity,
    /// A whole number or text (`intstr.IntOrString`).
    IntOrString,
    /// Anything (raw JSON).
    Any,
    /// An object of a known type.
    Object(TypeId),
    /// A list.
    List(Box<FieldType>),
    /// A map from text.
    Map(Box<FieldType>),
}

/// How two lists (or maps) become one when different managers write them (`x-kubernetes-list-type`, `-map-type`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListType {
    /// Not said.
    #[default]
    Unset,
    /// Replaced as a whole.
    Atomic,
    /// Elements are values that occur once.
    Set,
    /// Elements are objects known by these fields.
    Map(Vec<&'static str>),
}

/// A field of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its type.
    pub kind: FieldType,
    /// Whether the API reference says that it must be there.
    pub required: bool,
    /// Strategic merge patch: merged instead of replaced (`patchStrategy: merge`).
    pub merge: bool,
    /// Strategic merge patch: the field that elements are known by (`patchMergeKey`).
    pub merge_key: Option<&'static str>,
    /// Strategic merge patch: only the patch's keys stay (`patchStrategy: retainKeys`).
    pub retain_keys: bool,
    /// Server-side apply: how a list or map merges.
    pub list: ListType,
    /// Go's name of the type where it has one of its own: `RestartPolicy`, `[]Capability`.
    pub go_name: Option<&'static str>,
    /// The values it takes, separated by `|`.
    values: Option<&'static str>,
}

impl Field {
    pub(super) fn new(name: &'static str, kind: FieldType, required: bool) -> Self {
        Self {
            name,
            kind,
            required,
            merge: false,
            merge_key: None,
            retain_keys: false,
            list: ListType::Unset,
            go_name: None,
            values: None,
        }
    }

    pub(super) fn set_values(&mut self, values: &'static str) {
        self.values = Some(values);
    }

    /// The values this field takes when they are a fixed set; nothing otherwise.
    pub fn values(&self) -> impl Iterator<Item = &'static str> {
        self.values.into_iter().flat_map(|values| values.split('|'))
    }
}

/// A type with its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeSchema {
    /// Group, version and name: `core.v1.PodSpec`, `meta.v1.ObjectMeta`.
    pub name: &'static str,
    /// Server-side apply: replaced as a whole (`x-kubernetes-map-type: atomic`).
    pub atomic: bool,
    /// Its fields, by name.
    pub fields: Vec<Field>,
    /// Line of its description.
    pub(super) line: usize,
}

impl TypeSchema {
    /// The field called `name` (case counts, as in Kubernetes).
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        let index = self.fields.binary_search_by(|field| field.name.cmp(name)).ok()?;
        self.fields.get(index)
    }

    /// The name of the Go struct: `PodSpec`.
    #[must_use]
    pub fn go_struct(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// The Go package as error texts print it: `v1`, `v2`.
    #[must_use]
    pub fn go_package(&self) -> &'static str {
        self.name.rsplit('.').nth(1).unwrap_or_default()
    }

    /// The names of the fields that must be there.
    pub fn required(&self) -> impl Iterator<Item = &'static str> {
        self.fields
            .iter()
            .filter(|field| field.required)
            .map(|field| field.name)
    }
}

/// A kind and its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindSchema {
    /// `v1`, `apps/v1`.
    pub api_version: &'static str,
    /// `Deployment`.
    pub kind: &'static str,
    /// Its type.
    pub root: TypeId,
}

/// Every kind and type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Kinds, by apiVersion and name.
    pub kinds: Vec<KindSchema>,
    /// Types, by name.
    pub types: Vec<TypeSchema>,
}

impl Schema {
    /// The type of a kind.
    #[must_use]
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<&TypeSchema> {
        let found = self
            .kinds
            .iter()
            .find(|k| k.kind == kind && k.api_version == api_version)?;
        Some(self.get(found.root))
    }

    /// The type called `name` (`core.v1.PodSpec`).
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&TypeSchema> {
        self.id(name).map(|id| self.get(id))
    }

    pub(super) fn id(&self, name: &str) -> Option<TypeId> {
        self.types.binary_search_by(|t| t.name.cmp(name)).ok().map(TypeId)
    }

    /// The type behind an id of this schema.
    #[must_use]
    pub fn get(&self, id: TypeId) -> &TypeSchema {
        static NOTHING: TypeSchema = TypeSchema {
            name: "",
            atomic: false,
            fields: Vec::new(),
            line: 0,
        };
        self.types.get(id.0).unwrap_or(&NOTHING)
    }

    /// The type of the objects that a field holds, directly, in a list or in a map.
    #[must_use]
    pub fn object(&self, kind: &FieldType) -> Option<&TypeSchema> {
        match kind {
            FieldType::Object(id) => Some(self.get(*id)),
            FieldType::List(inner) | FieldType::Map(inner) => self.object(inner),
            _ => None,
        }
    }

    /// Follows field names through objects, lists and maps (whose elements need no name): `["spec", "containers",
    /// "image"]`.
    #[must_use]
    pub fn walk<'s>(&'s self, root: &'s TypeSchema, path: &[&str]) -> Option<&'s Field> {
        let (last, parents) = path.split_last()?;
        let mut current = root;
        for name in parents {
            current = self.object(&current.field(name)?.kind)?;
        }
        current.field(last)
    }

    /// How Go names a field's type in errors: `int32`, `[]v1.Container`, `map[string]string`, `v1.RestartPolicy`.
    #[must_use]
    pub fn go_type(&self, owner: &TypeSchema, field: &Field) -> String {
        match field.go_name {
            Some(name) => qualified(owner, name),
            None => self.go_plain_type(&field.kind),
        }
    }

    /// How Go names the type of an element of a list or map.
    #[must_use]
    pub fn go_element_type(&self, owner: &TypeSchema, field: &Field) -> String {
        match (
            &field.kind,
            field.go_name.and_then(|name| name.strip_prefix("[]")),
        ) {
            (_, Some(name)) => qualified(owner, name),
            (FieldType::List(inner) | FieldType::Map(inner), None) => self.go_plain_type(inner),
            (other, None) => self.go_plain_type(other),
        }
    }

    /// How Go names a type that has no name of its own.
    #[must_use]
    pub fn go_plain_type(&self, kind: &FieldType) -> String {
        match kind {
            FieldType::String => "string".to_owned(),
            FieldType::Int32 => "int32".to_owned(),
            FieldType::Int64 => "int64".to_owned(),
            FieldType::Double => "float64".to_owned(),
            FieldType::Bool => "bool".to_owned(),
            FieldType::Bytes => "[]uint8".to_owned(),
            FieldType::Time => "v1.Time".to_owned(),
            FieldType::MicroTime => "v1.MicroTime".to_owned(),
            FieldType::Quantity => "resource.Quantity".to_owned(),
            FieldType::IntOrString => "intstr.IntOrString".to_owned(),
            FieldType::Any => "interface {}".to_owned(),
            FieldType::Object(id) => {
                let object = self.get(*id);
                format!("{}.{}", object.go_package(), object.go_struct())
            }
            FieldType::List(inner) => format!("[]{}", self.go_plain_type(inner)),
            FieldType::Map(inner) => format!("map[string]{}", self.go_plain_type(inner)),
        }
    }
}

fn qualified(owner: &TypeSchema, name: &str) -> String {
    let (list, name) = match name.strip_prefix("[]") {
        Some(name) => ("[]", name),
        None => ("", name),
    };
    if name.contains('.') {
        return format!("{list}{name}");
    }
    format!("{list}{}.{name}", owner.go_package())
}
