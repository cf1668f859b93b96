/** A file of a data set as its mirrors serve it. */
export interface Resource {
	readonly name: string;
	/** MD5 of the compressed file, lower-case hex. */
	readonly md5: string;
}

export type MnistName = "MNIST" | "FashionMNIST";

export interface Published {
	/** URL bases, tried in this order. */
	readonly mirrors: readonly string[];
	readonly files: readonly Resource[];
	readonly classes: readonly string[];
}

/** Where the data sets are published, their sums and classes: torchvision's lists. */
export const PUBLISHED: Readonly<Record<MnistName, Published>> = {
	MNIST: {
		mirrors: [
			"https://ossci-datasets.s3.amazonaws.com/mnist/",
			"http://yann.lecun.com/exdb/mnist/",
		],
		files: files(
			"f68b3c2dcbeaaa9fbdd348bbdeb94873",
			"d53e105ee54ea40749a09fcbcd1e9432",
			"9fb629c4189551a2d022fa330f9573f3",
			"ec29112dd5afa0611ce80d1b7f02629c",
		),
		classes: [
			"0 - zero",
			"1 - one",
			"2 - two",
			"3 - three",
			"4 - four",
			"5 - five",
			"6 - six",
			"7 - seven",
			"8 - eight",
			"9 - nine",
		],
	},
	FashionMNIST: {
		mirrors: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
		files: files(
			"8d4fb7e6c68d591d4c3dfef9ec88bf0d",
			"25c81989df183df01b3e8a0aad5dffbe",
			"bef4ecab320f06d8554ea6380940ec79",
			"bb300cfdad3c16e7a12a480ee83cd310",
		),
		classes: [
			"T-shirt/top",
			"Trouser",
			"Pullover",
			"Dress",
			"Coat",
			"Sandal",
			"Shirt",
			"Sneaker",
			"Bag",
			"Ankle boot",
		],
	},
};

function files(
	trainImages: string,
	trainLabels: string,
	testImages: string,
	testLabels: string,
): readonly Resource[] {
	return [
		{ name: "train-images-idx3-ubyte.gz", md5: trainImages },
		{ name: "train-labels-idx1-ubyte.gz", md5: trainLabels },
		{ name: "t10k-images-idx3-ubyte.gz", md5: testImages },
		{ name: "t10k-labels-idx1-ubyte.gz", md5: testLabels },
	];
}
