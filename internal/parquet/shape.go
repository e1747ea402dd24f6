package parquet

// shape is the fields of a struct that are kept, by their ids. What is not in it is left out.
type shape []member

// member is a field that is kept. A list's elements have the kind elem; of is the shape of a struct, or of a list's structs.
type member struct {
	kind, elem byte
	of         shape
	// most bounds the bytes of a binary, and the elements of a list; 0 is no bound of its own. loose leaves a longer binary out.
	most  int
	loose bool
	// refused says why a file that has the field cannot be read.
	refused string
}

// The fields that are looked at, by the format's definition.
const (
	fileVersion, fileSchema, fileRows, fileGroups, fileCreator, fileOrders, fileEncryption = 1, 2, 3, 4, 6, 7, 8

	elementType, elementLength, elementRepetition, elementName, elementChildren, elementConverted, elementLogical = 1, 2, 3, 4, 5, 6, 10

	logicalTimestamp, timestampUnit = 8, 2

	groupColumns, groupRows = 1, 3

	columnMeta = 3

	chunkType, chunkCodec, chunkValues, chunkUnpacked, chunkPacked, chunkData, chunkDictionary, chunkStatistics = 1, 4, 5, 6, 7, 9, 11, 12

	oldMax, oldMin, statisticMax, statisticMin = 1, 2, 5, 6
)

const (
	nameMost      = 4096
	creatorMost   = 1024
	statisticMost = 64 << 10
	encodingsMost = 64
	pathMost      = 256
)

// elementShape is an element of the schema.
func elementShape() shape {
	i32, clock := number(kindI32), structure(shape{1: number(kindTrue), timestampUnit: structure(shape{1: empty(), 2: empty(), 3: empty()})})
	logical := structure(shape{
		1: empty(), 2: empty(), 3: empty(), 4: empty(), 5: structure(shape{1: i32, 2: i32}), 6: empty(), 7: clock, logicalTimestamp: clock,
		10: structure(shape{1: number(kindByte), 2: number(kindTrue)}), 11: empty(), 12: empty(), 13: empty(), 14: empty(), 15: empty(),
	})
	return shape{
		elementType: i32, elementLength: i32, elementRepetition: i32, elementName: {kind: kindBinary, most: nameMost}, elementChildren: i32,
		elementConverted: i32, 7: i32, 8: i32, 9: i32, elementLogical: logical,
	}
}

// groupShape is a row group: without what points to indexes and Bloom filters, sums sizes up, or names keys.
func groupShape() shape {
	i32, i64 := number(kindI32), number(kindI64)
	statistic := member{kind: kindBinary, most: statisticMost, loose: true}
	meta := structure(shape{
		chunkType: i32, 2: {kind: kindList, elem: kindI32, most: encodingsMost}, 3: {kind: kindList, elem: kindBinary, most: pathMost}, chunkCodec: i32,
		chunkValues: i64, chunkUnpacked: i64, chunkPacked: i64, chunkData: i64, chunkDictionary: i64,
		chunkStatistics: structure(shape{oldMax: statistic, oldMin: statistic, 3: i64, 4: i64, statisticMax: statistic, statisticMin: statistic, 7: number(kindTrue), 8: number(kindTrue)}),
	})
	encrypted := member{refused: "it is encrypted"}
	chunk := shape{1: {refused: "it refers to other files"}, 2: i64, columnMeta: meta, 8: encrypted, 9: encrypted}
	return shape{groupColumns: {kind: kindList, elem: kindStruct, of: chunk}, 2: i64, groupRows: i64}
}

// orderShape is how a column's values are ordered.
func orderShape() shape { return shape{1: empty()} }

func number(kind byte) member      { return member{kind: kind} }
func structure(of shape) member    { return member{kind: kindStruct, of: of} }
func empty() member                { return structure(shape{}) }
func (m member) takes(k byte) bool { return m.kind == k || m.kind == kindTrue && k == kindFalse }
