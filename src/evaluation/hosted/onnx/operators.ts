/** Arithmetic, comparison, reduction, and shaping of what is there. */
const STANDARD = `
  Abs Add And ArgMax ArgMin Cast Ceil Clip Concat Constant Div Elu Equal Erf Exp Flatten Floor Gather Gemm Greater
  GreaterOrEqual HardSigmoid Identity IsInf IsNaN LeakyRelu Less LessOrEqual Log LogSoftmax MatMul Max Mean Min Mul Neg
  Not Or PRelu Pow Reciprocal ReduceMax ReduceMean ReduceMin ReduceSum Relu Reshape Round Selu Sigmoid Sign Slice
  Softmax Softplus Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where Xor`;

/** The classical models. */
const CLASSICAL = `
  ArrayFeatureExtractor Binarizer FeatureVectorizer Imputer LinearClassifier LinearRegressor Normalizer Scaler
  SVMClassifier SVMRegressor TreeEnsemble TreeEnsembleClassifier TreeEnsembleRegressor`;

/**
 * Operators that a hosted model may use, by domain. None of them loops, branches, draws at random, reads anything or makes
 * a tensor whose size stands in data. One that is missing here is refused, also one that future versions of ONNX bring.
 */
export const ALLOWED_OPERATORS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['ai.onnx', new Set(STANDARD.trim().split(/\s+/))],
  ['ai.onnx.ml', new Set(CLASSICAL.trim().split(/\s+/))],
]);

/** Versions of the operator sets, oldest and newest. */
export const OPSETS: ReadonlyMap<string, readonly [min: number, max: number]> = new Map([
  ['ai.onnx', [7, 22]],
  ['ai.onnx.ml', [1, 5]],
]);

/** Versions of the file format itself. */
export const IR_VERSIONS = [3, 11] as const;
