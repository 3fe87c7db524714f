"""Trains HelloWorld with what install.sh made, then scores a synthetic CT series with the result.

    python try.py <empty folder>

Needs no network and one or two minutes of a CPU. Ends with 0 only where the mean Dice is the known one
and the answer is one RTSTRUCT with both structures. It is run in the image before the image is pushed,
and by whoever prepared a machine.
"""

import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import numpy
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

# InnerEye seeds its generators with 42: on a CPU the result is always this one.
MEAN_DICE = '0.467572'
STRUCTURES = ['region', 'region_1']
ROOT_UID = '1.2.826.0.1.3680043.8.498.1'
CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2'
SLICES, SIZE = 3, 64


def run(arguments, folder):
    """Runs Python there; gives what it said, and ends everything where it fails."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True, check=False,
    )
    if done.returncode != 0:
        print(done.stdout[-6000:])
        sys.exit(f'try: {arguments[0]} ended with {done.returncode}')
    return done.stdout


def train(folder):
    """Trains as the job does; gives the folder of the run's results."""
    shutil.copytree(os.environ['INNEREYE_CODE'], folder)
    data = pathlib.Path(os.environ['INNEREYE_DATA'], 'hello_world')
    log = run(
        ['InnerEye/ML/runner.py', '--model=HelloWorld', '--azure_dataset_id=', f'--local_dataset={data}'], folder
    )
    dice = re.findall(r'Mean Dice: ([0-9.]+)', log)
    print(f'try: mean Dice {dice}')
    if dice != [MEAN_DICE]:
        sys.exit(f'try: the mean Dice is not {MEAN_DICE}')
    return next(folder.glob('outputs/*_HelloWorld'))


def model(results, folder):
    """Puts together what InnerEye registers, which it does in Azure Machine Learning only."""
    shutil.copytree(os.environ['INNEREYE_CODE'], folder)
    shutil.copytree(results / 'checkpoints', folder / 'checkpoints')
    description = {
        'model_name': 'HelloWorld',
        'checkpoint_paths': ['checkpoints/last.ckpt'],
        'model_configs_namespace': 'InnerEye.ML.configs.segmentation.HelloWorld',
    }
    (folder / 'model_inference_config.json').write_text(json.dumps(description), encoding='utf-8')


def ct_slice(index, path):
    """Writes one slice of nobody: noise that is always the same."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CT_IMAGE
    meta.MediaStorageSOPInstanceUID = f'{ROOT_UID}.3.{index + 1}'
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.ImplementationClassUID = f'{ROOT_UID}.9'
    slice_ = FileDataset(str(path), Dataset(), file_meta=meta, preamble=b'\0' * 128)
    slice_.is_little_endian, slice_.is_implicit_VR = True, False
    values = {
        'SOPClassUID': CT_IMAGE, 'SOPInstanceUID': meta.MediaStorageSOPInstanceUID, 'Modality': 'CT',
        'ImageType': ['ORIGINAL', 'PRIMARY', 'AXIAL'], 'StudyDate': '20260101', 'StudyTime': '120000',
        'AccessionNumber': '', 'ReferringPhysicianName': '', 'Manufacturer': 'synthetic',
        'PatientName': 'Synthetic^Series', 'PatientID': 'synthetic', 'PatientBirthDate': '', 'PatientSex': 'O',
        'StudyInstanceUID': f'{ROOT_UID}.1', 'SeriesInstanceUID': f'{ROOT_UID}.2', 'StudyID': '1',
        'SeriesNumber': 1, 'InstanceNumber': index + 1, 'FrameOfReferenceUID': f'{ROOT_UID}.4',
        'PositionReferenceIndicator': '', 'PatientPosition': 'HFS', 'KVP': '120',
        'ImagePositionPatient': [0, 0, 3 * index], 'ImageOrientationPatient': [1, 0, 0, 0, 1, 0],
        'SliceThickness': 3, 'PixelSpacing': [1, 1], 'SamplesPerPixel': 1,
        'PhotometricInterpretation': 'MONOCHROME2', 'Rows': SIZE, 'Columns': SIZE, 'BitsAllocated': 16,
        'BitsStored': 16, 'HighBit': 15, 'PixelRepresentation': 1, 'RescaleIntercept': 0, 'RescaleSlope': 1,
    }
    for name, value in values.items():
        setattr(slice_, name, value)
    noise = numpy.random.RandomState(index).randint(-200, 200, (SIZE, SIZE))
    slice_.PixelData = noise.astype('<i2').tobytes()
    slice_.save_as(str(path), write_like_original=False)


def series(folder):
    """Writes a CT series as a zip; gives its path."""
    folder.mkdir()
    archive = folder / 'series.zip'
    with zipfile.ZipFile(archive, 'w') as content:
        for index in range(SLICES):
            path = folder / f'{index}.dcm'
            ct_slice(index, path)
            content.write(path, path.name)
    return archive


def score(folder, archive):
    """Scores as InnerEye-Inference's job does; gives the one structure set that comes back."""
    run(
        ['score.py', f'--data_folder={archive.parent}', f'--image_files={archive.name}', '--model_id=HelloWorld:1',
         '--use_dicom=True', '--use_gpu=False'],
        folder,
    )
    with zipfile.ZipFile(folder / 'segmentation.dcm.zip') as answer:
        names = answer.namelist()
        if names != ['segmentation.dcm']:
            sys.exit(f'try: the answer holds {names}')
        answer.extractall(folder)
    return pydicom.dcmread(str(folder / 'segmentation.dcm'))


def main(folder):
    if list(folder.iterdir()):
        sys.exit(f'try: {folder} is not empty')
    begun = datetime.datetime.now()
    results = train(folder / 'training')
    trained = datetime.datetime.now()
    print(f'try: trained in {(trained - begun).seconds} s')
    model(results, folder / 'model')
    answer = score(folder / 'model', series(folder / 'series'))
    print(f'try: scored in {(datetime.datetime.now() - trained).seconds} s')
    names = [roi.ROIName for roi in answer.StructureSetROISequence]
    print(f'try: {answer.Modality} with {names}')
    if answer.Modality != 'RTSTRUCT' or sorted(names) != STRUCTURES:
        sys.exit('try: the answer is not the structure set that was expected')


if __name__ == '__main__':
    main(pathlib.Path(sys.argv[1]).resolve())
    print('try: ok')
