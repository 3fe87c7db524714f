"""In the place of hi-ml-azure, of which InnerEye-Inference uses one function."""
