package suite

// exceptions are the cases that come out otherwise than the suite says, by draft
// and reason. A case is "file: group: test", or "file: group" when the schema
// itself is refused.
var exceptions = map[string][]struct{ reason, cases string }{
	"draft2020-12": {
		{
			"the metaschema is behind a URL that nobody allowed to fetch; no document describes bodies by it",
			`
				defs.json: validate definition against metaschema
				ref.json: remote ref, containing refs itself
			`,
		},
		{
			"properties, patternProperties, additionalProperties, items and prefixItems without a type mean objects and lists: a Go struct or slice holds nothing else",
			`
				additionalProperties.json: additionalProperties being false does not allow other properties: ignores arrays
				additionalProperties.json: additionalProperties being false does not allow other properties: ignores strings
				additionalProperties.json: additionalProperties being false does not allow other properties: ignores other non-objects
				items.json: a schema given for items: ignores non-arrays
				items.json: a schema given for items: JavaScript pseudo-array is valid
				patternProperties.json: patternProperties validates properties matching a regex: ignores arrays
				patternProperties.json: patternProperties validates properties matching a regex: ignores strings
				patternProperties.json: patternProperties validates properties matching a regex: ignores other non-objects
				prefixItems.json: a schema given for prefixItems: JavaScript pseudo-array is valid
				properties.json: object properties validation: ignores arrays
				properties.json: object properties validation: ignores other non-objects
				properties.json: properties whose names are Javascript object property names: ignores arrays
				properties.json: properties whose names are Javascript object property names: ignores other non-objects
				ref.json: root pointer ref: match
				ref.json: root pointer ref: recursive match
				ref.json: simple URN base URI with $ref via the URN: valid under the URN IDed schema
				required.json: required validation: ignores arrays
				required.json: required validation: ignores strings
				required.json: required validation: ignores other non-objects
				required.json: required validation: ignores null
				required.json: required validation: ignores boolean
			`,
		},
		{
			"$dynamicRef is resolved where it stands, as $ref is: one place has one Go type",
			`
				dynamicRef.json: A $dynamicRef resolves to the first $dynamicAnchor still in scope that is encountered when the schema is evaluated: An array containing non-strings is invalid
				dynamicRef.json: A $dynamicRef with intermediate scopes that don't include a matching $dynamicAnchor does not affect dynamic scope resolution: An array containing non-strings is invalid
				dynamicRef.json: A $dynamicRef that initially resolves to a schema with a matching $dynamicAnchor resolves to the first $dynamicAnchor in the dynamic scope: The recursive part is not valid against the root
				dynamicRef.json: multiple dynamic paths to the $dynamicRef keyword: number list with string values
				dynamicRef.json: multiple dynamic paths to the $dynamicRef keyword: string list with number values
				dynamicRef.json: after leaving a dynamic scope, it is not used by a $dynamicRef: string matches /$defs/thingy, but the $dynamicRef does not stop here
				dynamicRef.json: after leaving a dynamic scope, it is not used by a $dynamicRef: /then/$defs/thingy is the final stop for the $dynamicRef
				dynamicRef.json: strict-tree schema, guards against misspelled properties: instance with misspelled field
				dynamicRef.json: tests for implementation dynamic anchor and reference link: incorrect extended schema
				dynamicRef.json: $ref and $dynamicAnchor are independent of order - $defs first: incorrect extended schema
				dynamicRef.json: $ref and $dynamicAnchor are independent of order - $ref first: incorrect extended schema
				dynamicRef.json: $dynamicRef avoids the root of each schema, but scopes are still registered: data is not sufficient for schema at second#/$defs/length
				unevaluatedItems.json: unevaluatedItems with $dynamicRef: with no unevaluated items
				unevaluatedProperties.json: unevaluatedProperties with $dynamicRef: with no unevaluated properties
			`,
		},
		{
			"an empty enum is ignored, with a warning: in published documents it is what tools leave behind that knew no values",
			`
				enum.json: empty enum: string is invalid
				enum.json: empty enum: number is invalid
				enum.json: empty enum: null is invalid
				enum.json: empty enum: object is invalid
				enum.json: empty enum: array is invalid
				enum.json: empty enum: boolean is invalid
			`,
		},
		{
			"formats are asserted, not only annotated: a Go type comes from them",
			`
				format.json: email format: invalid email string is only an annotation by default
				format.json: idn-email format: invalid idn-email string is only an annotation by default
				format.json: regex format: invalid regex string is only an annotation by default
				format.json: ipv4 format: invalid ipv4 string is only an annotation by default
				format.json: ipv6 format: invalid ipv6 string is only an annotation by default
				format.json: hostname format: invalid hostname string is only an annotation by default
				format.json: date format: invalid date string is only an annotation by default
				format.json: date-time format: invalid date-time string is only an annotation by default
				format.json: time format: invalid time string is only an annotation by default
				format.json: json-pointer format: invalid json-pointer string is only an annotation by default
				format.json: relative-json-pointer format: invalid relative-json-pointer string is only an annotation by default
				format.json: iri format: invalid iri string is only an annotation by default
				format.json: iri-reference format: invalid iri-reference string is only an annotation by default
				format.json: uri format: invalid uri string is only an annotation by default
				format.json: uri-reference format: invalid uri-reference string is only an annotation by default
				format.json: uri-template format: invalid uri-template string is only an annotation by default
				format.json: uuid format: invalid uuid string is only an annotation by default
				format.json: duration format: invalid duration string is only an annotation by default
			`,
		},
		{
			"$vocabulary is not read: all keywords always apply",
			`
				vocabulary.json: schema that uses custom metaschema with with no validation vocabulary: no validation: invalid number, but it still validates
			`,
		},
	},
	"draft4": {
		{
			"the metaschema is behind a URL that nobody allowed to fetch; no document describes bodies by it",
			`
				definitions.json: validate definition against metaschema
				ref.json: remote ref, containing refs itself
			`,
		},
		{
			"OpenAPI 3.0 has no id: references are relative to the file",
			`
				ref.json: $ref prevents a sibling id from changing the base uri
				ref.json: Recursive references between schemas
				ref.json: Location-independent identifier
				ref.json: Location-independent identifier with base URI change in subschema
				ref.json: id must be resolved against nearest parent, not just immediate parent
				refRemote.json: base URI change
				refRemote.json: base URI change - change folder
				refRemote.json: base URI change - change folder in subschema
				refRemote.json: root ref in remote ref
				refRemote.json: Location-independent identifier in remote ref
			`,
		},
		{
			"properties, patternProperties, additionalProperties, items and prefixItems without a type mean objects and lists: a Go struct or slice holds nothing else",
			`
				additionalProperties.json: additionalProperties being false does not allow other properties: ignores arrays
				additionalProperties.json: additionalProperties being false does not allow other properties: ignores strings
				additionalProperties.json: additionalProperties being false does not allow other properties: ignores other non-objects
				items.json: a schema given for items: ignores non-arrays
				items.json: a schema given for items: JavaScript pseudo-array is valid
				items.json: an array of schemas for items: JavaScript pseudo-array is valid
				patternProperties.json: patternProperties validates properties matching a regex: ignores arrays
				patternProperties.json: patternProperties validates properties matching a regex: ignores strings
				patternProperties.json: patternProperties validates properties matching a regex: ignores other non-objects
				properties.json: object properties validation: ignores arrays
				properties.json: object properties validation: ignores other non-objects
				properties.json: properties whose names are Javascript object property names: ignores arrays
				properties.json: properties whose names are Javascript object property names: ignores other non-objects
				ref.json: root pointer ref: match
				ref.json: root pointer ref: recursive match
				required.json: required validation: ignores arrays
				required.json: required validation: ignores strings
				required.json: required validation: ignores other non-objects
				required.json: required validation: ignores null
				required.json: required validation: ignores boolean
			`,
		},
	},
}
