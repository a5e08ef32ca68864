// Package kern holds the loops: plain functions over slices and bitmaps.
//
// What lives here: everything that touches values row by row without knowing what a
// column is. What does not: nulls as a concept (compute combines validity), types,
// memory, errors. Only the running wing may import it; it imports the standard
// library only, allocates nothing, and calls no function, interface or
// type-parameter method per element.
//
// # Conventions
//
//   - dst, a, b, sel and n mean the same everywhere: the result, the left and right
//     operand, a selection, the number of rows. Slices are as long as dst (bitmap
//     results: as a); longer operands are cut. No function keeps a slice.
//   - A bitmap is []uint64, bit i of it bit i%64 of word i/64, Words(n) words. Bits
//     past n in the last word are unspecified in operands and 0 in results.
//   - valid is a bitmap in which nil means that all rows are valid.
//   - A selection is []uint32, ascending where it stems from a bitmap. NoRow in it
//     means null, for the functions called Opt.
//   - dst may be an operand itself, unless the comment says that they must not overlap.
//   - A checked function returns the first valid row that fails, or -1; dst holds the
//     results of all other rows even then. Who wants nulls for failures (TRY) calls it
//     again for each 64 rows, whose bitmap words are slices of their own, and clears
//     the failing row in a copy of valid until none is left.
//   - ∘Const has one right operand for all rows, Const∘ one left operand. Comparisons
//     with the constant on the left are the mirrored ones.
//
// # Families
//
//	types.go i128.go      View I128 NoRow · I128 methods: Add Sub Mul MulOK QuoRem Neg Cmp Less Float64 · Pow10
//	zz_arith.go           Add Sub Mul Div(float) BitAnd BitOr BitXor Shl Shr Least Greatest · ∘Const · Const∘
//	zz_checked.go mul.go  AddChecked SubChecked MulChecked · ∘ConstChecked · ConstSubChecked · MulWide32 MulWide64
//	zz_intdiv.go          DivTrunc DivFloor ModTrunc ModFloor · Const∘ (ok bitmap: divisor not 0)
//	divisor.go            Divisor{Floor Trunc Mod} · DivTruncConst DivFloorConst ModTruncConst ModFloorConst
//	unary.go              Neg Abs AbsFloat NegChecked AbsChecked BitNot ModTruncFloat ModFloorFloat DivFloorFloat
//	zz_compare.go         Eq Ne Lt Le Gt Ge · ∘Const (floats: IEEE) · TotalEq … TotalGe
//	total.go              TotalEqConst … TotalGeConst IsNaN LeastFloat GreatestFloat
//	zz_compare_wide.go    EqI128 … GeI128 · LtView … GeView · ∘Const
//	view.go               View.Len .Bytes MakeView EqualView CompareView CompareBytes EqView NeView ShiftViews LenViews LongBytes
//	bitmap.go             Words Bit SetBit ClearBit BitmapAnd/Or/Xor/Xnor/AndNot/OrNot/Not/Blend FillBits CountBits CountBitsAnd AnyBits AllBits FirstAndNot
//	bitrange.go           SetBits CopyBits ShiftBits
//	kleene.go             KleeneAnd KleeneOr KleeneNot
//	sel.go                SelIota SelFromBits BitsFromSel SelFilter SelValid
//	take.go               Take TakeOpt TakeBits TakeBitsOpt Scatter ScatterConst ScatterBits Fill Blend BlendConst BlendInto
//	compress.go           Compress CompressBits
//	cast.go               Convert CastInt FloatToInt FloatToIntTrunc NarrowFloat BoolToNumber NumberToBool ScaleUp ScaleDown (time units)
//	decimal.go            WidenI128 NarrowI128 RescaleUp RescaleDown (+I128) I128ToFloat FloatToDecimal FloatToI128 DecimalToFloat
//	i128ops.go            AddI128 SubI128 MulI128 DivI128 ModI128 NegI128 AbsI128 · ∘Const (checked)
//	hash.go               HashInt HashFloat HashI128 HashBool HashView · Combine∘ CombineHash · HashWord HashMix HashBytes
//	agg.go                SumInt SumI128 Min Max MinFloat MaxFloat MinI128 MaxI128 MinView MaxView (ungrouped)
//	floatsum.go bigsum.go FloatSum BigSum: exact float sums in any order · ChooseBase SumFloat RoundFloatSums ProductExact
//	group.go              CountGrouped SeenGrouped Min/MaxGrouped Min/MaxFloatGrouped MaxNumberGrouped Min/MaxI128Grouped And/OrGrouped FirstOfGroups LastGrouped
//	groupsum.go           SumGrouped SumInt64Grouped SumI128Grouped AddI128Grouped · floatsum.go: SumFloatGrouped MergeFloatSums
//	pairsum.go            SumPairsGrouped SumSquaresGrouped: exact sums of products of 32-bit integers · MergePairs MergeSquares
//	bytes.go codes.go     ASCII ValidUTF8 TextCheck Marks · AllBelow UnpackBits
//	vector_*.go           twins of some loops for AVX2, in builds with GOEXPERIMENT=simd; hasVectors chooses
//	list.go               OffsetsFromLengths Lengths RepeatRows ExplodeRows
//	sortkey.go radix.go   KeyInt KeyFloat KeyI128 KeyView KeyBool · KeyRow KeyRows SortLSD SortMSD
package kern

//go:generate go run ./gen
